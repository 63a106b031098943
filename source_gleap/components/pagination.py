"""The CDK's side of `window_pages`: the pagination strategy, the record filter, and the handler of refused requests."""

import logging
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import InitVar, dataclass, field, replace
from typing import Any, cast

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.extractors.record_filter import RecordFilter
from airbyte_cdk.sources.declarative.requesters.paginators.strategies.pagination_strategy import PaginationStrategy
from airbyte_cdk.sources.streams.http.error_handlers import ErrorHandler, ErrorResolution
from airbyte_cdk.sources.types import Record, StreamSlice, StreamState
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.components.responses import parsed
from source_gleap.components.window_pages import (
    CURSOR_FALLBACK,
    EVERYTHING,
    CursorRange,
    IncompleteListError,
    PageResult,
    PageToken,
    QueryForm,
    next_page,
    next_page_of_full_list,
)

LOGGER = logging.getLogger("airbyte")

# The field of a slice that holds the token of the page being read. The CDK gives a record filter no page token, and a
# partition that goes on after a refused request no initial one.
_PAGE = "page"
# The field of a slice that holds the window to read instead of its own.
_WINDOW = "window"


def page_of(stream_slice: StreamSlice) -> PageToken | None:
    """The token of the page that is being read, or was read last; None before the first page and once all are read."""
    return cast(PageToken | None, stream_slice.extra_fields.get(_PAGE))


def set_page(stream_slice: StreamSlice, token: PageToken | None) -> None:
    """Makes `token` the page to request next; None for the first page of the slice."""
    cast(MutableMapping[str, Any], stream_slice.extra_fields)[_PAGE] = token


def window_of(stream_slice: StreamSlice) -> CursorRange:
    """The cursor values to read: those that the slice covers, unless `set_window` named others."""
    window: CursorRange | None = stream_slice.extra_fields.get(_WINDOW)
    covered = stream_slice.cursor_slice
    return window or (CursorRange(covered["start_time"], covered["end_time"]) if covered else EVERYTHING)


def set_window(stream_slice: StreamSlice, window: CursorRange) -> None:
    """Has `window` read instead of the cursor values that the slice covers."""
    cast(MutableMapping[str, Any], stream_slice.extra_fields)[_WINDOW] = window


@dataclass
class WindowPaginationStrategy(PaginationStrategy):
    """Asks `next_page` after every page. Its token is a `PageToken`, which the manifest turns into a query.

    The current token is kept on the slice that is being read: one thread reads a slice, and all of them share this
    object.

    Attributes:
        page_size: Rows to ask for in one request.
        sortable: Whether the endpoint may honor `sort`.
        archived_pass: Read the window a second time for the archived rows.
        date_filter: Whether the query has date bounds from the start.
    """

    parameters: InitVar[Mapping[str, Any]]
    page_size: int
    sortable: bool = True
    archived_pass: bool = False
    date_filter: bool = True

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        pass

    @property
    def initial_token(self) -> PageToken:
        form = QueryForm(limit=self.page_size, bounds="window" if self.date_filter else "none")
        return PageToken(form=form, is_bounded=self.date_filter)

    def get_page_size(self) -> int | None:
        return self.page_size

    def next_page_token(
        self,
        response: requests.Response,
        last_page_size: int,
        last_record: Record | None,
        last_page_token_value: PageToken | None,
        page_size_override: int | None = None,
        stream_slice: StreamSlice | None = None,
    ) -> PageToken | None:
        stream_slice = cast(StreamSlice, stream_slice)
        token = self._within_window(page_of(stream_slice) or last_page_token_value or self.initial_token, stream_slice)
        page = parsed(response).page or PageResult(())
        following = next_page(token, page, self.sortable)
        set_page(stream_slice, following or replace(token, largest=max(token.largest, len(page.rows))))
        return following

    def _within_window(self, token: PageToken, stream_slice: StreamSlice) -> PageToken:
        if token.window:
            return token
        window = window_of(stream_slice)
        pending = (replace(window, archived=True),) if self.archived_pass and token.form.flags else ()
        return replace(token, window=window, pending=pending, low=window.low, high=window.high)


@dataclass
class FullListPaginationStrategy(PaginationStrategy):
    """Asks `next_page_of_full_list` after every page of a list that is requested without parameters.

    Attributes:
        name: The stream's, for the error.

    Raises:
        AirbyteTracedException (system): The list has more rows than Gleap sends.
    """

    parameters: InitVar[Mapping[str, Any]]
    name: str = ""

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self.name = parameters.get("name", self.name)

    @property
    def initial_token(self) -> PageToken | None:
        return None

    def get_page_size(self) -> int | None:
        return None

    def next_page_token(
        self,
        response: requests.Response,
        last_page_size: int,
        last_record: Record | None,
        last_page_token_value: PageToken | None,
        page_size_override: int | None = None,
        stream_slice: StreamSlice | None = None,
    ) -> PageToken | None:
        token = last_page_token_value or PageToken(form=QueryForm(limit=0, bounds="none", sort=False))
        try:
            following = next_page_of_full_list(token, parsed(response).page or PageResult(()))
        except IncompleteListError as error:
            raise AirbyteTracedException(
                message=f"Gleap lists only {error} of stream {self.name}, and offers no way to the rest. The sync was "
                "stopped so that no data is skipped silently. Report this to the maintainers of the connector.",
                internal_message=str(error),
                failure_type=FailureType.system_error,
            ) from error
        if following:
            set_page(cast(StreamSlice, stream_slice), following)
        return following


@dataclass
class WindowRecordFilter(RecordFilter):
    """Lets a row pass once, and only if its cursor lies in the window, both ends inclusive.

    Rows that were read on an earlier page of the window are dropped, so that a quiet project yields no duplicates.
    Rows outside the window are dropped because another window brings them. If the query has bounds and such rows come
    all the same, Gleap ignores the filter, which is reported once: the sync is slow then, but right. A row passes too
    if it has no date, or if another date replaces the one that Gleap filters by.

    Attributes:
        server_filters: Whether the query asks for rows of the window only.
        name: The stream's, for that report.
    """

    server_filters: bool = True
    name: str = ""
    _has_warned: bool = field(default=False, init=False, repr=False)

    def filter_records(
        self,
        records: Iterable[Mapping[str, Any]],
        stream_state: StreamState,
        stream_slice: StreamSlice | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> Iterable[Mapping[str, Any]]:
        stream_slice = cast(StreamSlice, stream_slice)
        token = page_of(stream_slice) or PageToken()
        window = token.window or window_of(stream_slice)
        server_filters = self.server_filters and token.form.has_bounds
        outside = 0
        for record in records:
            cursor = record["updatedAt"]
            key = (record["id"], cursor)
            if key in token.seen or key in token.seen_at_end:
                continue
            if window.includes(cursor) or (server_filters and CURSOR_FALLBACK in record):
                yield record
            else:
                outside += 1
        if outside and server_filters and not self._has_warned:
            self._has_warned = True
            LOGGER.warning(
                f"Stream {self.name}: Gleap was asked for rows changed from {window.low} to {window.high} and sent "
                f"{outside} others as well: it ignores the filter here. They are left out where they do not belong; "
                "the sync takes longer and misses nothing."
            )


class RefusedRequestError(AirbyteTracedException):
    """Gleap refused a request that may be accepted in another form.

    It fails the stream as any other error does, unless the reader of the partition knows another form.

    Attributes:
        status_code: The HTTP status.
    """

    def __init__(self, status_code: int, resolution: ErrorResolution) -> None:
        super().__init__(
            message=resolution.error_message,
            internal_message=f"HTTP {status_code}: {resolution.error_message}",
            failure_type=resolution.failure_type or FailureType.system_error,
        )
        self.status_code = status_code

    @property
    def is_not_found(self) -> bool:
        """Whether there is nothing at the URL: what it names may have been deleted."""
        return self.status_code in (404, 410)


@dataclass
class RefusedRequestErrorHandler(ErrorHandler):
    """Raises `RefusedRequestError` for a status by which Gleap refuses the form of a request.

    A search index refuses offsets above a limit, 10,000 rows by default, and sessions come from one (docs/API.md 3.2).
    A gateway refuses pages that are too large. Gleap refuses a value that it cannot read with 409 (docs/API.md 2.1).

    Attributes:
        status_codes: The statuses.
        error_handler: Decides about every response, and gives the message of the error.
    """

    parameters: InitVar[Mapping[str, Any]]
    error_handler: ErrorHandler
    status_codes: list[int]

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        pass

    @property
    def max_retries(self) -> int | None:
        return self.error_handler.max_retries

    @property
    def max_time(self) -> int | None:
        return self.error_handler.max_time

    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        resolution = self.error_handler.interpret_response(response)
        if isinstance(response, requests.Response) and response.status_code in self.status_codes:
            raise RefusedRequestError(response.status_code, resolution)
        return resolution
