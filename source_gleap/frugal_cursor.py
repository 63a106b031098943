"""A cursor that is told of one record for each partition, the newest.

The CDK tells its cursors of every record. Each time it parses the date with `strptime` and makes a hash of the slice,
which takes a seventh of a read (docs/benchmarks.md); what it keeps is the newest date of the partition.
"""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from datetime import datetime
from typing import Any

from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record, StreamSlice


class FrugalPartition(Partition):
    """A partition that remembers the newest of the records that it has given."""

    newest: Record | None = None

    def remembered(self, records: Iterable[Record], cursor_field: str) -> Iterator[Record]:
        """`records`, one by one.

        :param cursor_field: holds dates of one form, the order of which is that of their texts
        """
        latest = ""
        for record in records:
            date = record.data.get(cursor_field)
            if isinstance(date, str) and date > latest:
                latest, self.newest = date, record
            yield record


class FrugalCursor(Cursor):
    """The `cursor` that it is made of, for partitions that remember their newest record."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def observe(self, record: Record) -> None:
        """Nothing: the partition remembers."""

    def close_partition(self, partition: Partition) -> None:
        if isinstance(partition, FrugalPartition) and partition.newest:
            self._cursor.observe(partition.newest)
        self._cursor.close_partition(partition)

    @property
    def state(self) -> MutableMapping[str, Any]:
        return self._cursor.state

    def ensure_at_least_one_state_emitted(self) -> None:
        self._cursor.ensure_at_least_one_state_emitted()

    def should_be_synced(self, record: Record) -> bool:
        return self._cursor.should_be_synced(record)

    def stream_slices(self) -> Iterable[StreamSlice]:
        return self._cursor.stream_slices()

    def get_cursor_datetime_from_state(self, stream_state: Mapping[str, Any]) -> datetime | None:
        return self._cursor.get_cursor_datetime_from_state(stream_state)
