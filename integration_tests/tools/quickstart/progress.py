"""What `make sync` shows while it reads."""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

_WAIT = re.compile(r"Stream (\w+): (.+) (Waiting .+)", re.DOTALL)
_SECONDS_BETWEEN_LINES = 3
_SILENT_SECONDS = 10


@dataclass
class StreamProgress:
    """How far one stream is.

    Attributes:
        rows: How many rows have come.
        started: When the stream began, in seconds of the clock; None before.
        latest: When the connector last logged something about it.
        cause: Why the connector waits, in its own words; empty if it does not.
        wait: How long it waits and what it does then, in its own words.
        ended: When the stream ended; None before.
        is_whole: Whether all of it has been read.
    """

    rows: int = 0
    started: float | None = None
    latest: float = 0
    cause: str = ""
    wait: str = ""
    ended: float | None = None
    is_whole: bool = False

    def rate(self, now: float) -> float:
        """Rows a second since the stream began."""
        seconds = (self.ended or now) - self.started if self.started is not None else 0
        return self.rows / seconds if seconds > 0 else 0

    def state(self, now: float) -> str:
        if self.started is None:
            return ""
        if self.ended is not None:
            return "all read" if self.is_whole else "failed"
        if self.cause:
            return f"{self.cause} {self.wait}"
        return "waits for Gleap's response" if now - self.latest >= _SILENT_SECONDS else "reading"


class Progress:
    """Counts what the connector sends, and shows it: a table that changes in place on a terminal, lines elsewhere.

    Args:
        console: Where it is shown.
        streams: The streams that will be read.
        clock: Returns seconds.
    """

    def __init__(self, console: Console, streams: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        self.streams = {stream: StreamProgress() for stream in streams}
        self.problems: list[str] = []
        self.is_reading = False
        self._console, self._clock, self._start = console, clock, clock()
        self._is_live = console.is_terminal and not console.is_dumb_terminal
        self._shown = ""
        self._warnings: set[str] = set()

    def see(self, message: Any) -> None:
        """Takes note of one Airbyte message."""
        if message.record:
            stream = self._stream(message.record.stream)
            stream.rows += 1
            stream.cause = ""
        elif message.log:
            self._see_log(message.log.level.value, message.log.message)
        elif message.connectionStatus and message.connectionStatus.message:
            self.problems.append(message.connectionStatus.message.strip("'\""))  # the CDK sends it quoted
        elif message.trace and message.trace.error:
            self.problems.append(message.trace.error.message)
        elif message.trace and message.trace.stream_status:
            name, status = message.trace.stream_status.stream_descriptor.name, message.trace.stream_status.status.value
            stream = self._stream(name)
            if status in ("COMPLETE", "INCOMPLETE"):
                stream.ended, stream.is_whole = self._clock(), status == "COMPLETE"
            if stream.is_whole and not self._is_live:
                self.say(f"{name}: {count(stream.rows, 'row')}, all read")

    def say(self, text: str) -> None:
        """Shows a line, after the seconds since the start."""
        self._print(f"{self._clock() - self._start:6.1f} s  {text}")

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Shows how far the streams are, as long as it lasts."""
        self.is_reading = True
        if self._is_live:
            with Live(
                get_renderable=self.table,
                console=self._console,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            ):
                yield
            return
        over = threading.Event()
        thread = threading.Thread(target=self._tick, args=(over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def table(self) -> Table:
        """The streams with their rows, rates and what the connector waits for."""
        now = self._clock()
        table = Table("stream", box=None, pad_edge=False)
        for title in ("rows", "rows/s"):
            table.add_column(title, justify="right")
        table.add_column("")
        for name, stream in self.streams.items():
            rate = f"{stream.rate(now):,.0f}" if stream.rows else ""
            table.add_row(name, f"{stream.rows:,}", rate, Text(stream.state(now)))
        return table

    def show_lines(self) -> None:
        """Shows the rows so far, or what is waited for, if that is news."""
        now = self._clock()
        waiting = [name for name, stream in self.streams.items() if stream.state(now).startswith("waits")]
        shown = ", ".join(f"{name} {stream.rows:,}" for name, stream in self.streams.items() if stream.rows)
        if waiting:
            shown += f"{'; ' if shown else ''}waiting for Gleap's response: {', '.join(waiting)}"
        if shown and shown != self._shown:
            self.say(f"... {shown}")
        self._shown = shown

    def kept(self) -> str:
        """What a failed read leaves in the database."""
        whole = [name for name, stream in self.streams.items() if stream.is_whole]
        if not whole:
            return "No stream was read whole: the next run reads them all again."
        return f"Read whole and kept: {', '.join(whole)}. The next run reads the others again."

    def _see_log(self, level: str, text: str) -> None:
        if (found := _WAIT.match(text)) and found[1] in self.streams:
            name, cause, wait = found.groups()
            stream = self._stream(name)
            if cause != stream.cause and not (self.is_reading and self._is_live):
                self.say(f"{name}: {cause} {wait}")
            stream.cause, stream.wait = cause, wait
        elif level == "WARN" and text not in self._warnings:
            self._warnings.add(text)
            self.say(f"warning: {text.splitlines()[0]}")

    def _stream(self, name: str) -> StreamProgress:
        stream = self.streams[name]
        stream.latest = self._clock()
        if stream.started is None and self.is_reading:
            stream.started = stream.latest
        return stream

    def _tick(self, over: threading.Event) -> None:
        while not over.wait(_SECONDS_BETWEEN_LINES):
            self.show_lines()

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def count(number: int, noun: str) -> str:
    """A number with its noun: `1 row`, `2,000 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
