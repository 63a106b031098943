"""A stream of the manifest, watched for outages, for records that nobody has taken yet, and for the newest record."""

from collections.abc import Iterable, Mapping
from typing import Any

from airbyte_cdk.models import AirbyteStream
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.sources.streams.concurrent.availability_strategy import StreamAvailability
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.backlog import Backlog
from source_gleap.frugal_cursor import FrugalCursor, FrugalPartition
from source_gleap.outage import Outage


class WatchedPartition(FrugalPartition):
    """A partition that is only begun while its stream is worth a try, and read no faster than its records are taken.

    :param cursor_field: its stream's
    """

    def __init__(self, partition: Partition, cursor_field: str, outage: Outage, backlog: Backlog) -> None:
        self._partition, self._cursor_field, self._outage, self._backlog = partition, cursor_field, outage, backlog

    def read(self) -> Iterable[Record]:
        """The partition's records. Raises AirbyteTracedException: its own, or at once that of the stream's outage."""
        if verdict := self._outage.verdict:
            raise verdict
        try:
            yield from self.remembered(self._backlog.bounded(self._partition.read()), self._cursor_field)
        except AirbyteTracedException as error:
            self._outage.remember(error)
            raise

    def to_slice(self) -> Mapping[str, Any] | None:
        return self._partition.to_slice()

    def stream_name(self) -> str:
        return self._partition.stream_name()

    def __hash__(self) -> int:
        return hash(self._partition)


class WatchedStream(AbstractStream):
    """A stream whose partitions know of each other's failures, and which is else the one that it is made of.

    :param stream: the stream to watch
    :param backlog: of the read that it takes part in
    """

    def __init__(self, stream: AbstractStream, backlog: Backlog) -> None:
        self._stream, self._backlog = stream, backlog
        self._cursor = FrugalCursor(stream.cursor)

    def generate_partitions(self) -> Iterable[Partition]:
        """The stream's partitions. Called once in a read, and so an outage lasts no longer than that."""
        outage = Outage()
        for partition in self._stream.generate_partitions():
            yield WatchedPartition(partition, self.cursor_field or "", outage, self._backlog)

    @property
    def name(self) -> str:
        return self._stream.name

    @property
    def cursor_field(self) -> str | None:
        return self._stream.cursor_field

    @property
    def cursor(self) -> Cursor:
        return self._cursor

    @property
    def block_simultaneous_read(self) -> str:
        return self._stream.block_simultaneous_read

    def get_json_schema(self) -> Mapping[str, Any]:
        return self._stream.get_json_schema()

    def as_airbyte_stream(self) -> AirbyteStream:
        return self._stream.as_airbyte_stream()

    def log_stream_sync_configuration(self) -> None:
        self._stream.log_stream_sync_configuration()

    def check_availability(self) -> StreamAvailability:
        return self._stream.check_availability()
