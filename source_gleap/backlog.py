"""How many records may have been read and not yet been printed.

The CDK lets 10,000 of them wait, which takes 70 MB with tickets of 1.7 KB, and with large ones as much more.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

_LIMIT = 1000
_BATCH = 50  # records between two looks at the backlog
_SECONDS_BETWEEN_LOOKS = 0.005


class Backlog:
    """The records that workers have read and the printing thread has not taken."""

    def __init__(self) -> None:
        self._read = 0
        self._taken = 0
        self._lock = threading.Lock()

    def bounded(self, records: Iterable[Item]) -> Iterator[Item]:
        """`records`, which wait for the backlog to shrink whenever it is too long. Called by workers."""
        count = 0
        for record in records:
            count += 1
            if count == _BATCH:
                self._add(count)
                count = 0
                while self._read - self._taken > _LIMIT:
                    time.sleep(_SECONDS_BETWEEN_LOOKS)
            yield record
        self._add(count)

    def take(self) -> None:
        """Counts a record that is printed. Called by one thread only."""
        self._taken += 1

    def _add(self, count: int) -> None:
        with self._lock:
            self._read += count
