"""What wraps each stream of the manifest in a read: a circuit breaker, backpressure, and the reader of its list.

The CDK's factory builds custom requesters and retrievers without time-outs and without the API budget, so this stands
around the CDK's streams instead of within them. A wrapped stream is no `DefaultStream`: the CDK does not see its
parents, and so would not order stream groups by them.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice, pairwise
from typing import Any, TypeVar

from airbyte_cdk.models import AirbyteStream, FailureType
from airbyte_cdk.sources.declarative.partition_routers.single_partition_router import SinglePartitionRouter
from airbyte_cdk.sources.declarative.partition_routers.substream_partition_router import (
    ParentStreamConfig,
    SubstreamPartitionRouter,
    iterate_with_last_flag,
)
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.sources.streams.concurrent.availability_strategy import StreamAvailability
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record, StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.components.pagination import RefusedRequestError, window_of
from source_gleap.components.window_pages import EVERYTHING, CursorRange, QueryForm
from source_gleap.list_reader import ListQuery, ListReader

LOGGER = logging.getLogger("airbyte")

Item = TypeVar("Item")

_MAX_ERROR_CHARACTERS = 1500
# With a request for each row, half a minute of them.
_ROWS_OF_PART = 100
_ROWS_BETWEEN_REPORTS = 5000


def parent_stream_configs(stream: AbstractStream) -> Sequence[ParentStreamConfig]:
    """How a stream of the CDK refers to its parents; nothing for a stream without any."""
    router = stream.get_partition_router() if isinstance(stream, DefaultStream) else None
    return router.parent_stream_configs if isinstance(router, SubstreamPartitionRouter) else []


def has_own_lists(stream: AbstractStream) -> bool:
    """Whether each partition of a stream of the CDK is a list of its own: that of a parent, or of one of its kinds."""
    router = stream.get_partition_router() if isinstance(stream, DefaultStream) else None
    return router is not None and not isinstance(router, SinglePartitionRouter)


class Backpressure:
    """Bounds how many records are read and not yet printed, while it is enabled.

    The CDK lets 10,000 records wait, which takes 70 MB with tickets of 1.7 KB.
    """

    _LIMIT = 1000
    _BATCH = 50  # records between two looks
    _SECONDS_BETWEEN_LOOKS = 0.005

    def __init__(self) -> None:
        self._is_enabled = False
        self._read = 0
        self._taken = 0
        self._lock = threading.Lock()

    @contextmanager
    def enabled(self) -> Iterator[None]:
        """Within it, `release` is called for every record. Outside of it nobody does, and readers would wait."""
        self._read = self._taken = 0
        self._is_enabled = True
        try:
            yield
        finally:
            self._is_enabled = False

    def throttle(self, records: Iterable[Item]) -> Iterator[Item]:
        """`records`, which wait while too many others do. Called by workers."""
        count = 0
        for record in records:
            count += 1
            if count == self._BATCH:
                self._add(count)
                count = 0
                while self._is_enabled and self._read - self._taken > self._LIMIT:
                    time.sleep(self._SECONDS_BETWEEN_LOOKS)
            yield record
        self._add(count)

    def release(self) -> None:
        """Counts a record that is printed. Called by one thread only."""
        self._taken += 1

    def _add(self, count: int) -> None:
        with self._lock:
            self._read += count


class CircuitBreaker:
    """Collects the failures of a stream's partitions, and stops reading them once the others would fail alike.

    The CDK reads every partition whatever became of the others, and shows every failure. A request without a
    response is given up after some eight minutes; 25 windows, or the messages of a thousand tickets, would take hours
    to end in the same error. So a window that fails as the others would opens the circuit. Where each partition is a
    list of its own, such as that of one parent, one may be refused where others are not: it takes several in a row, and
    none that was read before, to open it. A parent that is deleted while a sync runs is skipped; that none of several
    is found is no deletion, but a wrong path.

    Args:
        name: The stream's.
        parents: What each partition belongs to, such as `tickets`; empty if it belongs to nothing.
        has_own_lists: Whether each partition is a list of its own.
        is_optional: Whether a list that Gleap does not offer is left out, as long as it offers another.
        monotonic: The clock, in seconds.
    """

    # Errors of other types concern their window only.
    _SHARED = (FailureType.transient_error, FailureType.config_error)
    _MAX_REFUSED = 5
    _MAX_UNAVAILABLE = 2  # each takes minutes to fail
    _MAX_GONE = 50
    _MIN_GONE_TO_FAIL = 5
    _NOT_OFFERED = (402, 403, 404)
    _SECONDS_BETWEEN_REPORTS = 60
    _MAX_NAMED = 3

    def __init__(
        self,
        name: str = "",
        parents: str = "",
        has_own_lists: bool = False,
        is_optional: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._parents = name, parents
        self._has_own_lists, self._is_optional = has_own_lists, is_optional
        self._monotonic, self._next_report = monotonic, monotonic() + self._SECONDS_BETWEEN_REPORTS
        self._lock = threading.Lock()
        self._failures: list[tuple[str, AirbyteTracedException]] = []
        self._gone = 0
        self._in_a_row = 0
        self.has_succeeded = False
        self._total = 0
        self._open_partitions = 0
        self._is_complete = False
        self.is_open = False

    def add_partition(self, is_last: bool) -> None:
        """Counts a partition that will be read."""
        with self._lock:
            self._total += 1
            self._open_partitions += 1
            self._is_complete = is_last

    def succeed(self) -> None:
        with self._lock:
            self.has_succeeded = True
            self._in_a_row = 0

    def fail(self, partition: str, error: AirbyteTracedException) -> bool:
        """Remembers a failure. `partition` names what was read. Returns whether it may have been deleted."""
        with self._lock:
            if self._parents and isinstance(error, RefusedRequestError) and error.is_not_found:
                LOGGER.info(str(error.message))
                self._gone += 1
                self.is_open |= not self.has_succeeded and self._gone >= self._MAX_GONE
                return True
            same = bool(self._failures) and self._failures[-1][1].failure_type == error.failure_type
            self._in_a_row = self._in_a_row + 1 if same else 1
            self._failures.append((partition, error))
            if not self._has_own_lists:
                self.is_open |= error.failure_type in self._SHARED
            elif not self.has_succeeded and not self._may_be_left_out(error):
                is_refusal = error.failure_type != FailureType.transient_error
                self.is_open |= self._in_a_row >= (self._MAX_REFUSED if is_refusal else self._MAX_UNAVAILABLE)
            return False

    def close_partition(self) -> AirbyteTracedException | None:
        """Counts a partition as read or given up. Returns the stream's error, if it was the last and any has failed."""
        with self._lock:
            self._open_partitions -= 1
            self._report_progress()
            if self._open_partitions or not self._is_complete:
                return None
            if not self._failures:
                is_wrong_path = self._gone >= self._MIN_GONE_TO_FAIL and not self.has_succeeded
                return self._none_found() if is_wrong_path else None
        failures = [failure for failure in self._failures if not self._may_be_left_out(failure[1])]
        if self.has_succeeded and not failures:
            LOGGER.warning(f"Stream {self._name}: Gleap does not offer {self._named(self._failures)}. Left out.")
            return None
        _, error = (failures or self._failures)[0]
        return AirbyteTracedException(
            message=f"{error.message}{self._extent()}"[:_MAX_ERROR_CHARACTERS],
            internal_message=str(error.internal_message)[:_MAX_ERROR_CHARACTERS],
            failure_type=error.failure_type,
            exception=error,
        )

    def _none_found(self) -> AirbyteTracedException:
        return AirbyteTracedException(
            message=f"Gleap lists {self._parents}, but found nothing at the URL of any of the {self._gone} that were "
            f"requested for the stream {self._name} (HTTP 404 or 410). The sync was stopped so that no data is skipped "
            "silently. Report this to the maintainers of the connector.",
            internal_message=f"HTTP 404 or 410 for each of {self._gone} {self._parents}",
            failure_type=FailureType.system_error,
        )

    def _may_be_left_out(self, error: AirbyteTracedException) -> bool:
        is_refusal = isinstance(error, RefusedRequestError) and error.status_code in self._NOT_OFFERED
        return self._is_optional and is_refusal

    def _report_progress(self) -> None:
        """Logs once a minute how many parents are done: with a request for each, thousands of them take hours."""
        if self._parents and self._monotonic() >= self._next_report:
            self._next_report = self._monotonic() + self._SECONDS_BETWEEN_REPORTS
            total = f"{self._total:,}" if self._is_complete else f"at least {self._total:,}"
            LOGGER.info(
                f"Stream {self._name}: {self._total - self._open_partitions:,} of {total} {self._parents} done."
            )

    def _extent(self) -> str:
        """How many partitions are concerned, for a stream in which others may not be."""
        if not self._has_own_lists:
            return ""
        names = self._named(self._failures[: self._MAX_NAMED])
        rest = "The others were not requested." if self.is_open else "The others have been read."
        return f" This concerns {len(self._failures)} of {self._total} requested: {names}. {rest}"

    @staticmethod
    def _named(failures: Iterable[tuple[str, AirbyteTracedException]]) -> str:
        return ", ".join(name for name, _ in failures)


class SharedList:
    """The records of a list that two streams need, requested once in a read, by whichever comes first."""

    def __init__(self) -> None:
        self._records: list[Record] | None = None
        self._lock = threading.Lock()

    def read(self, request: Iterable[Record]) -> Iterable[Record]:
        """The records of the list. `request` is only read if they have not been requested."""
        with self._lock:
            if self._records is None:
                self._records = list(request)
        return self._records


@dataclass(eq=False)
class WrappedPartition(Partition):
    """A partition that is read in another way than the one of the CDK that it wraps.

    Attributes:
        partition: The partition of the CDK.
    """

    partition: Partition

    def to_slice(self) -> Mapping[str, Any] | None:
        return self.partition.to_slice()

    def stream_name(self) -> str:
        return self.partition.stream_name()

    def __hash__(self) -> int:
        return hash(self.partition)


@dataclass(eq=False)
class GuardedPartition(WrappedPartition):
    """A partition that is read through its stream's guards.

    Attributes:
        query: Shared by the stream's partitions.
        breaker: Shared by the stream's partitions.
        backpressure: Of the read.
        cursor: The stream's.
        cursor_field: Holds dates of one form, the order of which is that of their texts.
        shared_list: Where the records of the partition are kept for another stream.
        newest: The newest record read so far.
        is_read: Whether it has been read to its end.
        is_gone: Whether Gleap found nothing there, which may mean that its parent is deleted.
    """

    query: ListQuery
    breaker: CircuitBreaker
    backpressure: Backpressure
    cursor: "LatestRecordCursor"
    cursor_field: str = ""
    shared_list: SharedList | None = None
    newest: Record | None = field(default=None, init=False)
    is_read: bool = field(default=False, init=False)
    is_gone: bool = field(default=False, init=False)

    def read(self) -> Iterable[Record]:
        """The partition's records; none if it fails, or if the stream's circuit is open.

        Raises:
            AirbyteTracedException: The error of the stream, if a partition has failed and this one is the last.
        """
        if not self.breaker.is_open:
            try:
                yield from self._records()
                self.is_read = True
                self.breaker.succeed()
            except AirbyteTracedException as error:
                self.is_gone = self.breaker.fail(self._name(), error)
        if error_of_stream := self.breaker.close_partition():
            # An error keeps the CDK from closing the partition.
            self.cursor.close_partition(self)
            raise error_of_stream

    def _records(self) -> Iterator[Record]:
        records: Iterable[Record] = ListReader(self.partition, self.query).read()
        if self.shared_list:
            records = self.shared_list.read(records)
        latest = ""
        for record in self.backpressure.throttle(records):
            date = record.data.get(self.cursor_field)
            if isinstance(date, str) and date > latest:
                latest, self.newest = date, record
            yield record

    def _name(self) -> str:
        stream_slice: Any = self.to_slice()
        parents = stream_slice.partition.items()
        return ", ".join(f"{name} {value}" for name, value in parents if name != "parent_slice")


@dataclass(eq=False)
class WindowPart(WrappedPartition):
    """Some rows of a window that has been read, all of a range of dates: the state can move past it.

    Attributes:
        partition: The window.
        covered: The range.
        rows: The date and the id of each row. They are all that a stream with a request for each needs.
        error: Raised once the rows are read.
    """

    partition: GuardedPartition
    covered: CursorRange
    rows: Sequence[tuple[str, str]] = ()
    error: AirbyteTracedException | None = None

    def to_slice(self) -> StreamSlice:
        bounds = {"start_time": self.covered.low, "end_time": self.covered.high}
        return StreamSlice(partition={}, cursor_slice=bounds)

    def read(self) -> Iterable[Record]:
        for date, row_id in self.rows:
            yield self._record(date, row_id)
        if self.error:
            raise self.error

    @property
    def newest(self) -> Record | None:
        return self._record(*self.rows[-1]) if self.rows and self.rows[-1][0] else None

    def _record(self, date: str, row_id: str) -> Record:
        return Record({"id": row_id, "updatedAt": date or None}, self.stream_name(), self.to_slice())


def parts_of(window: GuardedPartition) -> Iterator[WindowPart]:
    """The rows of a window in the order of their dates, in parts of at least `_ROWS_OF_PART`; one part if it is empty.

    Rows of the same date are never parted. Gleap's order is no reason to part them: only once a window has been read to
    its end is it certain that no older row follows.
    If the stream fails with its last window, a part without rows raises the error: the CDK reads a part ahead, and
    would leave out the one before the error.
    """
    rows: list[tuple[str, str]] = []
    error_of_stream: AirbyteTracedException | None = None
    try:
        for record in window.read():
            rows.append((record.data["updatedAt"] or "", record.data["id"]))
            if len(rows) % _ROWS_BETWEEN_REPORTS == 0:
                LOGGER.info(f"Stream {window.stream_name()}: {len(rows):,} rows of a window listed.")
    except AirbyteTracedException as error:
        error_of_stream = error
    rows.sort()
    # The whole list, if it is read without a date filter.
    covered = window_of(window.to_slice())  # type: ignore[arg-type]
    low, first = covered.low, 0
    for index, (date, following) in enumerate(pairwise(row[0] for row in rows), 1):
        if index - first >= _ROWS_OF_PART and low <= date < min(following, covered.high):
            yield WindowPart(window, CursorRange(low, date), rows[first:index])
            low, first = date, index
    yield WindowPart(window, CursorRange(low, covered.high), rows[first:])
    if error_of_stream:
        yield WindowPart(window, CursorRange(covered.high, covered.high), error=error_of_stream)


class LatestRecordCursor(Cursor):
    """Tells the CDK's cursor of one record a partition, the newest, and of no empty partition that may not be empty.

    The CDK tells its cursors of every record. Each time it parses the date with `strptime` and makes a hash of the
    slice, which takes a seventh of a read (docs/benchmarks.md); what it keeps is the newest date of the partition.

    Args:
        cursor: The CDK's.
        emits_state: Whether the stream has a state that can be read.
        follows_parents: Whether the state is that of the list of parents. It is emitted as often as it moves: the CDK
            emits it every ten minutes, in which 1,800 tickets are read.
    """

    def __init__(self, cursor: Cursor, emits_state: bool = True, follows_parents: bool = False) -> None:
        self._cursor, self._emits_state, self._follows_parents = cursor, emits_state, follows_parents
        self._unsettled: list[GuardedPartition | WindowPart] = []
        self._lock = threading.Lock()

    def observe(self, record: Record) -> None:
        """Nothing: the partition remembers."""

    def close_partition(self, partition: Partition) -> None:
        """Moves the state past `partition` if it was read, or its parent is gone, as soon as that is certain.

        Windows that came empty must be known to be empty. Of the parents one must have been found.
        """
        read = partition.partition if isinstance(partition, WindowPart) else partition
        if not isinstance(read, GuardedPartition) or not (read.is_read or read.is_gone):
            return
        with self._lock:
            self._unsettled.append(partition)  # type: ignore[arg-type]
            if read.is_gone and not read.breaker.has_succeeded:
                return
            if read.query.window and not read.query.is_settled:
                return
            settled, self._unsettled = self._unsettled, []
            before = self._parent_state()
            for each in settled:
                if each.newest:
                    self._cursor.observe(each.newest)
                self._cursor.close_partition(each)
            if self._parent_state() != before:
                self._cursor._emit_state_message(throttle=False)  # type: ignore[attr-defined]

    def _parent_state(self) -> Any:
        return self._cursor.state.get("parent_state") if self._follows_parents else None

    @property
    def state(self) -> MutableMapping[str, Any]:
        return self._cursor.state

    def ensure_at_least_one_state_emitted(self) -> None:
        # In place of a state that cannot be read, the CDK would emit one that starts again.
        if self._emits_state:
            self._cursor.ensure_at_least_one_state_emitted()

    def should_be_synced(self, record: Record) -> bool:
        return self._cursor.should_be_synced(record)

    def stream_slices(self) -> Iterable[StreamSlice]:
        return self._cursor.stream_slices()

    def get_cursor_datetime_from_state(self, stream_state: Mapping[str, Any]) -> datetime | None:
        return self._cursor.get_cursor_datetime_from_state(stream_state)


@dataclass(eq=False)
class SharedListPartition(WrappedPartition):
    """A partition of a list that another stream needs as well: those of its records that lie in the slice.

    Attributes:
        whole_list: The stream that reads the list.
    """

    whole_list: "GuardedStream"

    def read(self) -> Iterable[Record]:
        stream_slice: Any = self.to_slice()
        window = window_of(stream_slice)
        for partition in self.whole_list.generate_partitions():
            for record in partition.read():
                if window.includes(record.data.get(self.whole_list.cursor_field or "updatedAt")):
                    yield Record(dict(record.data), self.stream_name(), stream_slice)


class GuardedStream(AbstractStream):
    """A stream of the manifest, read through the guards of this module.

    Args:
        stream: The stream of the CDK.
        backpressure: Of the read that the stream takes part in.
        query: What is known of the stream's list before a read.
        state_error: Why the stream's state cannot be read; None if it can.
        is_optional: Whether a partition that Gleap does not offer is left out.
        is_in_parts: Whether windows are read in parts: each row takes a request of another stream, whose state has to
            move before all rows of a window are done.
    """

    def __init__(
        self,
        stream: AbstractStream,
        backpressure: Backpressure,
        query: ListQuery,
        state_error: str | None = None,
        is_optional: bool = False,
        is_in_parts: bool = False,
    ) -> None:
        self._stream, self._backpressure, self._state_error = stream, backpressure, state_error
        self._is_optional, self._is_in_parts = is_optional, is_in_parts
        follows_parents = any(parent.incremental_dependency for parent in parent_stream_configs(stream))
        self._cursor = LatestRecordCursor(stream.cursor, state_error is None, follows_parents)
        self._shared_list: SharedList | None = None
        self._whole_list: GuardedStream | None = None
        self.query = query

    def share_list_of(self, parent: "GuardedStream") -> None:
        """Takes the records of this stream from `parent`, which reads the same list for its children."""
        parent._shared_list = SharedList()
        self._whole_list = parent

    def generate_partitions(self) -> Iterable[Partition]:
        """The stream's partitions. Called once in a read, and so what they share lasts no longer than that.

        Raises:
            AirbyteTracedException (config): The stream's state cannot be read.
        """
        if self._state_error:
            raise AirbyteTracedException(
                message=self._state_error,
                internal_message=self._state_error,
                failure_type=FailureType.config_error,
            )
        breaker = CircuitBreaker(
            self.name,
            parents=" and ".join(parent.name for parent in self.parents),
            has_own_lists=has_own_lists(self._stream),
            is_optional=self._is_optional,
        )
        partitions: Iterable[Partition] = self._stream.generate_partitions()
        query = self.query if self.query.is_check else replace(self.query)
        if query.is_check:
            partitions = islice(partitions, 1)
        elif query.form.has_bounds and not has_own_lists(self._stream):
            partitions = list(partitions)
            windows = [window_of(partition.to_slice()) for partition in partitions]  # type: ignore[arg-type]
            query.open_windows = len(windows)
            if windows:
                query.window = CursorRange(min(w.low for w in windows), max(w.high for w in windows))
        for partition, is_last in iterate_with_last_flag(partitions):
            if partition is None:
                return
            breaker.add_partition(is_last)
            if self._whole_list:
                partition = SharedListPartition(partition, self._whole_list)
            guarded = GuardedPartition(
                partition,
                query,
                breaker,
                self._backpressure,
                self._cursor,
                self.cursor_field or "",
                self._shared_list,
            )
            yield from parts_of(guarded) if self._is_in_parts else [guarded]

    @property
    def parents(self) -> list["GuardedStream"]:
        """The streams whose records this one has a partition for each."""
        return [
            config.stream for config in parent_stream_configs(self._stream) if isinstance(config.stream, GuardedStream)
        ]

    def request_rows(self, form: QueryForm, newest: bool = False) -> list[Record]:
        """The records of a single page of the list, whatever their date; none if the stream has no partition."""
        for partition in self._stream.generate_partitions():
            return ListReader(partition, self.query).request_any_rows(form, newest=newest)
        return []

    def check(self, plain_form: QueryForm | None = None) -> QueryForm | None:
        """Sends the first request of a read, with `limit=1`: of the parents first, if the stream has any.

        Args:
            plain_form: The form to use instead of the full one, because another list has refused that.

        Returns:
            The plain form, if this list has refused the full one.

        Raises:
            AirbyteTracedException: A read would fail so.
        """
        for stream in (*self.parents, self):
            # A parent's first window may hold no record to ask for.
            window = replace(EVERYTHING, archived=False) if stream is not self else None
            form = plain_form or replace(stream.query.form, limit=1)
            stream.query = replace(stream.query, is_check=True, window=window, form=form)
        for partition in self._stream.generate_partitions():
            plain_form = next((form for form in (p.query.plain_form for p in self.parents) if form), plain_form)
            self.query.form = plain_form or self.query.form
            list(ListReader(partition, self.query).read())
            break
        return self.query.plain_form or plain_form

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
