"""A stream that Gleap does not serve is given up as a whole, not window by window for hours.

The CDK reads every window of a stream whatever became of the others. A request that is never answered is given up after
some eight minutes; 25 windows, or the messages of a thousand tickets, would take hours to end in the same error. While
one window is tried again, which takes a minute at least, the other workers go on with the others: so a single one that
Gleap chokes on does not keep the rest from being read.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from airbyte_cdk.models import AirbyteStream, FailureType
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.sources.streams.concurrent.availability_strategy import StreamAvailability
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

# What no other window would escape. Other errors concern their window only.
_SHARED = (FailureType.transient_error, FailureType.config_error)


class Outage:
    """Whether a stream has been found to fail, in one read of it."""

    def __init__(self) -> None:
        self._error: AirbyteTracedException | None = None

    def remember(self, error: AirbyteTracedException) -> None:
        if error.failure_type in _SHARED:
            self._error = error

    @property
    def verdict(self) -> AirbyteTracedException | None:
        """The error in which every further window would end; None as long as it is worth a try."""
        return self._error and AirbyteTracedException(
            message=self._error.message,
            internal_message=f"Not asked for, because others failed: {self._error.internal_message}",
            failure_type=self._error.failure_type,
        )


class PartitionUnlessOutage(Partition):
    """A partition that is only begun while its stream is worth a try."""

    def __init__(self, partition: Partition, outage: Outage) -> None:
        self._partition, self._outage = partition, outage

    def read(self) -> Iterable[Record]:
        """The partition's records. Raises AirbyteTracedException: its own, or at once that of the stream's outage."""
        if verdict := self._outage.verdict:
            raise verdict
        try:
            yield from self._partition.read()
        except AirbyteTracedException as error:
            self._outage.remember(error)
            raise

    def to_slice(self) -> Mapping[str, Any] | None:
        return self._partition.to_slice()

    def stream_name(self) -> str:
        return self._partition.stream_name()

    def __hash__(self) -> int:
        return hash(self._partition)


class StreamUnlessOutage(AbstractStream):
    """A stream whose partitions know of each other's failures, and which is else the one that it is made of."""

    def __init__(self, stream: AbstractStream) -> None:
        self._stream = stream

    def generate_partitions(self) -> Iterable[Partition]:
        """The stream's partitions. Called once in a read, and so an outage lasts no longer than that."""
        outage = Outage()
        for partition in self._stream.generate_partitions():
            yield PartitionUnlessOutage(partition, outage)

    @property
    def name(self) -> str:
        return self._stream.name

    @property
    def cursor_field(self) -> str | None:
        return self._stream.cursor_field

    @property
    def cursor(self) -> Cursor:
        return self._stream.cursor

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
