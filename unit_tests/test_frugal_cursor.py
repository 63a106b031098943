"""What a cursor is told of a window: its newest record, once, when all of it has been read."""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record, StreamSlice
from hypothesis import given
from hypothesis import strategies as st

from source_gleap.frugal_cursor import FrugalCursor, FrugalPartition

DATES = [f"2026-0{month}-15T10:00:00.{milliseconds:03}Z" for month in range(1, 10) for milliseconds in (0, 1, 999)]


class Window(FrugalPartition):
    def __init__(self, dates: Iterable[Any]) -> None:
        self._dates = dates

    def read(self) -> Iterable[Record]:
        return self.remembered((Record({"updatedAt": date}, "tickets") for date in self._dates), "updatedAt")

    def to_slice(self) -> Mapping[str, Any]:
        return {}

    def stream_name(self) -> str:
        return "tickets"

    def __hash__(self) -> int:
        return 1


class Told(Cursor):
    """A cursor that keeps what it is told, in order."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def observe(self, record: Record) -> None:
        self.told.append(record.data["updatedAt"])

    def close_partition(self, partition: Partition) -> None:
        self.told.append("closed")

    @property
    def state(self) -> MutableMapping[str, Any]:
        return {}

    def ensure_at_least_one_state_emitted(self) -> None:
        self.told.append("end")

    def should_be_synced(self, record: Record) -> bool:
        return True

    def stream_slices(self) -> Iterable[StreamSlice]:
        return []


def told_of(dates: Iterable[Any]) -> list[Any]:
    """What a cursor is told when a window of records with these dates is read as the CDK reads it."""
    cursor, window = Told(), Window(dates)
    frugal = FrugalCursor(cursor)
    for record in window.read():
        frugal.observe(record)
    assert cursor.told == []
    frugal.close_partition(window)
    return cursor.told


@given(st.lists(st.sampled_from(DATES), min_size=1))
def test_the_cursor_is_told_of_the_newest_record_in_whatever_order_they_come(dates: list[str]) -> None:
    assert told_of(dates) == [max(dates), "closed"]


def test_a_record_without_a_date_is_not_the_newest() -> None:
    assert told_of([None, DATES[3], None, DATES[1]]) == [DATES[3], "closed"]


def test_of_a_window_without_records_the_cursor_is_told_that_it_is_closed() -> None:
    assert told_of([]) == ["closed"]
    assert told_of([None]) == ["closed"]


def test_a_window_that_is_not_read_to_its_end_tells_the_cursor_nothing() -> None:
    cursor, window = Told(), Window(DATES)
    frugal = FrugalCursor(cursor)
    frugal.observe(next(iter(window.read())))
    assert cursor.told == []
