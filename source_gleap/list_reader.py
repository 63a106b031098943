"""Reads the list behind a partition in a form that Gleap understands, and does not believe an empty response.

It is unknown how every list of Gleap reads a date filter and what it refuses (docs/API.md 2.1). So a window without a
row is only believed to be empty once the filter has been seen to work in this read, and a refused request is sent in a
plainer form before its stream fails. What is found out holds for the stream and the read: its partitions share a
`ListQuery`.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record, StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.components.backoff import MIN_PAGE_SIZE, PageFailedError
from source_gleap.components.pagination import RefusedRequestError, page_of, set_page, set_window, window_of
from source_gleap.components.window_pages import (
    EVERYTHING,
    CursorRange,
    PageToken,
    Phase,
    QueryForm,
    after_offset_refused,
)

LOGGER = logging.getLogger("airbyte")

_TOO_LARGE = (413, 504)
# By these, Gleap may refuse the `skip` that a full list is only sent where it looks cut off.
_REFUSE_SKIP = (400, 404, 409, 422)
# 1000, 500, ... 31 rows, with waits of 5, 10, ... 25 s: a page that stays too large is given up after 75 s, plus the
# time that Gleap takes to refuse it.
_SECONDS_BETWEEN_PAGE_SIZES = 5
_MAX_PAGE_SIZE_REDUCTIONS = 5
# The rows of a page of tickets whose request has no `limit` (docs/API.md 3.1): no list refuses as few.
_SAFE_PAGE_SIZE = 20


@dataclass
class ListQuery:
    """What one read has found out about a stream's list. The partitions share it, and threads read them.

    Attributes:
        name: The stream's, for warnings.
        form: The form of the requests.
        window: All that the stream's windows cover; None where each partition is a list of its own.
        start: The cursor value at which a partition without a state starts, `YYYY-MM-DDTHH:mm:ss`.
        open_windows: How many windows have not been read to their end.
        is_settled: Whether an empty window is known to be empty: the filter has been seen to work, or the whole list
            has been read without it.
        is_served: Whether Gleap has served a request in this form.
        plain_form: The form that a check has found instead.
        refusal: Why no form is served, for a list that all partitions read.
        is_check: Whether a single row is requested, of `window` if there is one, instead of a read.
        confirm_empty: Called before a list is believed to hold nothing at all. Returns False if it holds rows by now,
            and raises an error if it must hold rows.
    """

    name: str
    form: QueryForm
    window: CursorRange | None = None
    start: str = ""
    open_windows: int = 0
    is_settled: bool = False
    is_check: bool = False
    confirm_empty: "Callable[[ListReader], bool] | None" = None
    is_served: bool = field(default=False, init=False)
    plain_form: QueryForm | None = field(default=None, init=False)
    refusal: RefusedRequestError | None = field(default=None, init=False)
    lock: threading.RLock = field(default_factory=threading.RLock, init=False, repr=False)
    _whole_list_is_taken: bool = field(default=False, init=False)

    def take_whole_list(self) -> bool:
        """Whether the caller is the one that reads the whole list for all windows."""
        with self.lock:
            is_first, self._whole_list_is_taken = not self._whole_list_is_taken, True
        return is_first

    def close_window(self) -> bool:
        """Counts a window as read. Returns whether it was the last one and none of them is known to be empty."""
        with self.lock:
            self.open_windows -= 1
            return self.open_windows == 0 and not self.is_settled

    def change_form(self, form: QueryForm, reason: str) -> None:
        """Gives all further requests this form. `reason` is the end of the sentence "Gleap ..." of the warning."""
        self.form = form
        LOGGER.warning(f"Stream {self.name}: Gleap {reason}. The sync takes longer and misses nothing.")


@dataclass
class ListReader:
    """Reads one partition.

    Attributes:
        partition: The partition of the CDK. It is read more than once where a request is refused.
        query: What is known of the stream's list.
    """

    partition: Partition
    query: ListQuery

    @property
    def slice(self) -> StreamSlice:
        return cast(StreamSlice, self.partition.to_slice())

    def read(self) -> Iterator[Record]:
        """The records of the partition.

        Raises:
            RefusedRequestError: Gleap refuses the list in its plainest form, too.
            AirbyteTracedException (system): Gleap refuses the offset that rows are at, and dates do not help.
        """
        if self.query.refusal:
            raise self.query.refusal
        try:
            if self.query.is_check:
                yield from self.request_any_rows(self.query.form, self.query.window or window_of(self.slice))
            elif self.query.window:
                yield from self._read_window()
            elif self.query.form.has_bounds:
                yield from self._read_changes()
            else:
                form = self.query.form
                yield from self._read_pages(PageToken(form=form), form)
        finally:
            # The CDK keeps the slices until the read ends, and a token knows thousands of rows.
            set_page(self.slice, None)

    def request_rows(self, form: QueryForm, window: CursorRange = EVERYTHING, newest: bool = False) -> list[Record]:
        """The records of a single page."""
        token = replace(_first_page(form, window), window=window, is_only=True)
        set_page(self.slice, replace(token, phase=Phase.PROBE) if newest else token)
        try:
            return list(self.partition.read())
        finally:
            set_page(self.slice, None)

    def request_any_rows(self, form: QueryForm, window: CursorRange = EVERYTHING, newest: bool = False) -> list[Record]:
        """The records of a single page, requested in the plainest form if Gleap refuses `form`."""
        try:
            return self.request_rows(form, window, newest)
        except RefusedRequestError as refusal:
            bare = _bare(form)
            if refusal.status_code in _TOO_LARGE or refusal.is_not_found or form == bare:
                raise
            self.query.plain_form = bare
            return self.request_rows(bare, window)

    def has_messages(self, ticket_id: str | None = None) -> bool:
        """Whether the list of messages holds any: of this ticket, or at all."""
        fields = cast(MutableMapping[str, Any], self.slice.extra_fields)
        if ticket_id:
            fields["ticket"] = ticket_id
        try:
            return bool(self.request_any_rows(replace(self.query.form, limit=1, bounds="none")))
        finally:
            fields.pop("ticket", None)

    def _read_window(self) -> Iterator[Record]:
        is_last, form = False, self.query.form
        try:
            if form.has_bounds:
                yield from self._read_pages(_first_page(form, window_of(self.slice)), form)
            else:
                yield from self._read_body_list()
        finally:
            is_last = self.query.close_window()
        if is_last and self.query.form.has_bounds:
            yield from self._verify_empty()

    def _read_body_list(self) -> Iterator[Record]:
        """The records of all windows, for the first partition that asks; nothing for the others."""
        window, form = self.query.window, self.query.form
        if window and self.query.take_whole_list():
            set_window(self.slice, window)
            yield from self._read_pages(_first_page(form, window), form)
            if not self._has_seen_rows():
                yield from self._read_again_unless_empty(window)
            self.query.is_settled = True

    def _read_again_unless_empty(self, window: CursorRange) -> Iterator[Record]:
        """The rows of a list that came empty: none, unless it holds some by now."""
        if self.query.confirm_empty and not self.query.confirm_empty(self):
            form = replace(self.query.form, bounds="none")
            set_window(self.slice, window)
            yield from self._read_pages(_first_page(form, window), form)

    def _verify_empty(self) -> Iterator[Record]:
        """After all windows have come without a row: what the list holds all the same."""
        probe = replace(self.query.form, limit=1)
        if not self.request_rows(replace(probe, bounds="none")):
            yield from self._read_again_unless_empty(cast(CursorRange, self.query.window))
        elif not self.request_rows(probe):
            self.query.change_form(
                replace(self.query.form, bounds="none"),
                "finds no row by its date although there are some, so the list is read without a date filter",
            )
            yield from self._read_body_list()
        self.query.is_settled = True

    def _read_changes(self) -> Iterator[Record]:
        """The rows of a list of its own that changed since its cursor: by the date filter where it is known to work."""
        query, form, window = self.query, self.query.form, window_of(self.slice)
        if window.low[:19] > query.start:
            yield from self._read_pages(_first_page(form, window), form)
            if query.is_settled:
                return
            if query.form is form and self.request_rows(replace(form, limit=1)):
                query.is_settled = True
                return
        form = query.form
        plain = replace(form, bounds="none")
        yield from self._read_pages(_first_page(plain, window), form)
        if window.low[:19] > query.start and self._has_seen_rows():
            with query.lock:
                if query.form.has_bounds and not query.is_settled:
                    query.change_form(plain, "finds no row by its date although there are some, so all rows are read")

    def _read_pages(self, token: PageToken, known: QueryForm) -> Iterator[Record]:
        """The records from the page of `token` on, in another form from where Gleap refuses one.

        Args:
            token: The page to begin with.
            known: The form of the query when the token was made: another partition may have changed it since.
        """
        query, reductions, failures = self.query, 0, 0
        while True:
            set_page(self.slice, token)
            try:
                records = iter(self.partition.read())
                first = next(records, None)
                query.is_served = query.is_served or token.form == query.form
                if first is not None:
                    self._settle(token.form)
                    yield first
                    yield from records
                if self._has_seen_rows():
                    self._settle(token.form)
                return
            except PageFailedError as failure:
                failures += failure.attempts
                token = self._retry_smaller_page(page_of(self.slice) or token, failure, failures)
            except RefusedRequestError as refusal:
                token = page_of(self.slice) or token
                if refusal.status_code in _TOO_LARGE:
                    reductions += 1
                    token = self._reduce_page_size(token, refusal, reductions)
                elif not token.form.limit:
                    # A full list is only asked for what may come after it where it looks cut off.
                    if token.skip and not token.has_more and refusal.status_code in _REFUSE_SKIP:
                        return
                    raise
                elif refusal.is_not_found:
                    raise
                elif token.skip:
                    token = self._go_on_without_offset(token, refusal)
                else:
                    self._negotiate(token, known, refusal)
                    known = query.form
                    if query.window and token.form.has_bounds and not known.has_bounds:
                        yield from self._read_body_list()
                        return
                    bounds = known.bounds if token.form.has_bounds else token.form.bounds
                    token = replace(token, form=replace(known, bounds=bounds))

    def _reduce_page_size(self, token: PageToken, refusal: RefusedRequestError, count: int) -> PageToken:
        if count > _MAX_PAGE_SIZE_REDUCTIONS:
            raise refusal
        return self._halve_page(token, f"HTTP {refusal.status_code}", _SECONDS_BETWEEN_PAGE_SIZES * count)

    def _retry_smaller_page(self, token: PageToken, failure: PageFailedError, failures: int) -> PageToken:
        if failures >= failure.max_attempts:
            raise failure.exhausted(failures)
        # All waits together are as long as those of a request whose page size does not change.
        return self._halve_page(token, failure.reason, 2 ** (failures + 1))

    def _halve_page(self, token: PageToken, reason: str, seconds: float) -> PageToken:
        limit = max(token.form.limit // 2, min(token.form.limit, MIN_PAGE_SIZE))
        LOGGER.info(
            f"Stream {self.query.name}: Gleap did not serve a page of {token.form.limit} rows ({reason}). "
            f"Waiting {seconds} s, then asking for {limit}."
        )
        time.sleep(seconds)
        return replace(token, form=replace(token.form, limit=limit))

    def _go_on_without_offset(self, token: PageToken, refusal: RefusedRequestError) -> PageToken:
        following = after_offset_refused(token)
        if following is None:
            raise AirbyteTracedException(
                message=f"Gleap refuses to list more than {token.skip} rows that changed between {token.low} and "
                f"{token.high}, and offers no other way to the rest. The sync was stopped so that no data is skipped "
                "silently. Ask Gleap to raise that limit for your project.",
                internal_message=f"skip={token.skip} refused; {token.phase}, bounded {token.is_bounded}: {refusal}",
                failure_type=FailureType.system_error,
            ) from refusal
        LOGGER.info(
            f"Stream {self.query.name}: Gleap refused to list rows from offset {token.skip} (HTTP "
            f"{refusal.status_code}); going on another way."
        )
        return following

    def _negotiate(self, refused: PageToken, known: QueryForm, refusal: RefusedRequestError) -> None:
        """Finds a form that the list serves, unless another partition has found one since `known` was.

        Raises the refusal if there is none, or if the form has been served before. At most four requests are refused,
        the first one included.
        """
        query, full = self.query, refused.form
        with query.lock:
            if query.form is not known:
                return
            if query.is_served or query.refusal:
                raise query.refusal or refusal
            plain = replace(full, bounds="none", sort=False)
            if self._is_served(plain):
                query.change_form(plain, f"refuses date bounds or `sort` (HTTP {refusal.status_code})")
                return
            bare = _bare(full)
            try:
                self.request_rows(bare)
            except RefusedRequestError as plainest_refusal:
                if query.window:
                    query.refusal = plainest_refusal
                raise
            small = replace(plain, limit=min(full.limit, _SAFE_PAGE_SIZE))
            without_flags = replace(bare, limit=full.limit)
            if self._is_served(small):
                full = replace(full, limit=small.limit)
                served = full if self._is_served(full) else small
                query.change_form(served, f"refuses pages of {refused.form.limit} rows (HTTP {refusal.status_code})")
            elif self._is_served(without_flags):
                query.form = without_flags
                LOGGER.warning(
                    f"Stream {query.name}: Gleap refuses the parameters by which archived rows are listed (HTTP "
                    f"{refusal.status_code}). They are left out; archived rows may be missing."
                )
            else:
                query.change_form(replace(plain, limit=1), "serves nothing but single rows")

    def _is_served(self, form: QueryForm) -> bool:
        try:
            self.request_rows(form, self.query.window or window_of(self.slice))
        except RefusedRequestError:
            return False
        self.query.is_served = True
        return True

    def _settle(self, form: QueryForm) -> None:
        if form.has_bounds:
            self.query.is_settled = True

    def _has_seen_rows(self) -> bool:
        page = page_of(self.slice)
        return bool(page and page.largest)


def _bare(form: QueryForm) -> QueryForm:
    """The plainest form that a list can be requested in."""
    return replace(form, limit=1, bounds="none", sort=False, flags=False)


def _first_page(form: QueryForm, window: CursorRange) -> PageToken:
    return PageToken(form=form, low=window.low, high=window.high, is_bounded=form.has_bounds)
