"""Waits that take no time: what would have been slept is counted, and a clock goes on by it."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

_sleep = time.sleep


class Waits:
    """The seconds that each thread has been told to sleep, without having slept them."""

    def __init__(self) -> None:
        self._by_thread: dict[int, list[float]] = defaultdict(list)
        self._lock = threading.Lock()

    @property
    def longest(self) -> float:
        """What the thread that had to wait most has waited, all its waits together."""
        return max((sum(waits) for waits in self._by_thread.values()), default=0)

    def now(self) -> float:
        """A clock, in seconds, for which the waits have taken place."""
        with self._lock:
            return time.monotonic() + sum(sum(waits) for waits in self._by_thread.values())

    def sleep(self, seconds: float) -> None:
        if seconds < 0.5:  # not the wait of a retry
            _sleep(seconds)
            return
        with self._lock:
            self._by_thread[threading.get_ident()].append(seconds)


@contextmanager
def without_waiting() -> Iterator[Waits]:
    """Within it, no retry is waited for."""
    waits = Waits()
    with patch("time.sleep", waits.sleep):
        yield waits
