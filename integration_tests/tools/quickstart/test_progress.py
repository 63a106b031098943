"""What `make sync` shows while it reads, on a terminal and elsewhere."""

import io
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
import requests
from rich.console import Console

from integration_tests.tools.quickstart.progress import Progress
from source_gleap import SourceGleap
from source_gleap.components.backoff import LOGGER, GleapBackoffStrategy
from source_gleap.config_validation import unknown_settings

UNAVAILABLE = "Gleap is not available (HTTP 503). Gleap's message: [b]No[/b]."


class Shown:
    """A progress of tickets and teams with a clock that stands still, and what it has shown."""

    def __init__(self, is_terminal: bool = False) -> None:
        self.now, self._out = 0.0, io.StringIO()
        self._console = Console(file=self._out, force_terminal=is_terminal, color_system=None, width=100, _environ={})
        self.progress = Progress(self._console, ["tickets", "teams"], clock=lambda: self.now)
        self.progress.is_reading = True

    def lines(self) -> list[str]:
        return self._out.getvalue().splitlines()

    def table(self) -> list[str]:
        with self._console.capture() as capture:
            self._console.print(self.progress.table())
        return [line.rstrip() for line in capture.get().splitlines()]

    def rows(self, stream: str, number: int) -> None:
        for _ in range(number):
            self.progress.see(message(record=SimpleNamespace(stream=stream)))

    def log(self, text: str, level: str = "INFO") -> None:
        self.progress.see(message(log=SimpleNamespace(level=SimpleNamespace(value=level), message=text)))

    def wait(self, seconds: int, attempt: int) -> None:
        self.log(f"Stream tickets: {UNAVAILABLE} Waiting {seconds} s, then trying again ({attempt} of 8).")

    def status(self, stream: str, status: str) -> None:
        described = SimpleNamespace(
            status=SimpleNamespace(value=status), stream_descriptor=SimpleNamespace(name=stream, namespace=None)
        )
        self.progress.see(message(trace=SimpleNamespace(error=None, stream_status=described)))


def message(**parts: object) -> Any:
    return SimpleNamespace(**{"record": None, "log": None, "connectionStatus": None, "trace": None, **parts})


def test_complete_stream_is_shown_with_its_rows() -> None:
    shown = Shown()
    shown.rows("teams", 1)
    shown.status("teams", "COMPLETE")
    assert shown.lines() == ["   0.0 s  teams: 1 row, all read"]


def test_waits_of_one_cause_are_one_line() -> None:
    shown = Shown()
    for attempt in range(2, 9):
        shown.wait(2**attempt, attempt)
        shown.progress.show_lines()
    assert shown.lines() == [f"   0.0 s  tickets: {UNAVAILABLE} Waiting 4 s, then trying again (2 of 8)."]


def test_progress_understands_the_wait_of_the_connector() -> None:
    shown, strategy = Shown(), GleapBackoffStrategy(parameters={"name": "tickets"})
    with patch.object(LOGGER, "info", shown.log):
        for attempt in (1, 2):
            strategy.backoff_time(requests.ReadTimeout(), attempt)
    (line,) = shown.lines()
    assert line.startswith("   0.0 s  tickets: Gleap did not respond in time. Waiting ")


def test_silence_is_one_line_that_names_the_streams_that_wait() -> None:
    shown = Shown()
    shown.rows("tickets", 2)
    for second in range(0, 300, 3):
        shown.now = float(second)
        shown.progress.show_lines()
    assert shown.lines() == [
        "   0.0 s  ... tickets 2",
        "  12.0 s  ... tickets 2; waiting for Gleap's response: tickets",
    ]


def test_terminal_shows_rows_rates_and_waits_in_a_table() -> None:
    shown = Shown(is_terminal=True)
    shown.status("tickets", "STARTED")
    shown.status("teams", "STARTED")
    shown.now = 2
    shown.rows("teams", 4)
    shown.status("teams", "COMPLETE")
    shown.rows("tickets", 3000)
    assert shown.table() == [
        "stream    rows  rows/s",
        "tickets  3,000   1,500  reading",
        "teams        4       2  all read",
    ]
    shown.wait(8, 3)
    assert f"{UNAVAILABLE} Waiting 8 s" in shown.table()[1]
    assert shown.lines() == []


def test_stream_without_response_waits_in_the_table() -> None:
    shown = Shown(is_terminal=True)
    shown.status("tickets", "STARTED")
    shown.now = 60
    assert shown.table()[1:] == ["tickets     0          waits for Gleap's response", "teams       0"]


def test_failed_read_names_the_streams_that_are_kept() -> None:
    shown = Shown()
    assert shown.progress.kept() == "No stream was read whole: the next run reads them all again."
    shown.status("teams", "COMPLETE")
    shown.status("tickets", "INCOMPLETE")
    assert shown.progress.kept() == "Read whole and kept: teams. The next run reads the others again."


def test_problems_are_the_error_messages_of_the_connector() -> None:
    progress = Shown().progress
    progress.see(message(connectionStatus=SimpleNamespace(message="'Check the key.'")))
    progress.see(message(trace=SimpleNamespace(error=SimpleNamespace(message="Gleap is down."), stream_status=None)))
    assert progress.problems == ["Check the key.", "Gleap is down."]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_warning_that_check_and_read_log_is_shown_once(is_terminal: bool) -> None:
    shown = Shown(is_terminal)
    (warning,) = unknown_settings({"num_worker": 8}, SourceGleap().specification)
    shown.progress.is_reading = False
    shown.log(warning, "WARN")
    with shown.progress.reading():
        shown.log(warning, "WARN")
        shown.log("Slow.\nVery.", "WARN")
    lines = [line for line in shown.lines() if "warning" in line]
    assert [line.partition(" s  ")[2].rstrip() for line in lines] == [
        "warning: Unknown setting 'num_worker' is ignored; did you mean 'num_workers'?",
        "warning: Slow.",
    ]
