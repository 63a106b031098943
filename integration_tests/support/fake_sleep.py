"""FakeSleep that take no time: what would have been slept is counted, and a clock goes on by it."""

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import requests

ENDLESS = "x-endless"
_sleep, _monotonic, _send = time.sleep, time.monotonic, requests.Session.send


class FakeSleep:
    """The seconds that each thread was to sleep and did not."""

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
def fake_sleep() -> Iterator[FakeSleep]:
    """Within it, no retry is waited for."""
    waits = FakeSleep()
    with patch("time.sleep", waits.sleep):
        yield waits


@contextmanager
def fake_clock(
    read_timeout: float | None = 0.1,
    seconds_per_look: float = 3600,
    to: Callable[[int], bool] = lambda number: True,
) -> Iterator[Mapping[str, list[Any]]]:
    """Lets requests run out of time, however long their time limits are, and marks them with the header `ENDLESS`.

    The server has to hang or to drip at these requests, so that no speed of the machine changes the outcome.

    Args:
        read_timeout: seconds that such a request waits for bytes, None for its own time limit.
        seconds_per_look: how far the clock moves each time that it is read while the response comes.
        to: which requests, by their number from 1 on.

    Yields:
        For each URL, the time limits, as `requests` takes them, of the requests that were sent to it.
    """
    numbers, limits = itertools.count(1), defaultdict[str, list[Any]](list)
    clock = threading.local()

    def monotonic() -> float:
        clock.ahead = getattr(clock, "ahead", 0) + getattr(clock, "seconds_per_look", 0)
        return _monotonic() + float(clock.ahead)

    def send(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        is_affected = to(next(numbers))
        limits[str(request.url)].append(options["timeout"])
        clock.seconds_per_look = seconds_per_look if is_affected else 0
        request.headers.pop(ENDLESS, None)  # a retry sends the same object
        if is_affected:
            request.headers[ENDLESS] = "yes"
        if is_affected and read_timeout is not None:
            options["timeout"] = read_timeout
        return _send(session, request, **options)

    with patch("time.monotonic", monotonic), patch.object(requests.Session, "send", send):
        yield limits
