"""How one window of a stream is read to its end without losing a row that moves while it is read.

A window is a range of cursor values. Within it rows only leave - an update moves a row past the window's end - or
vanish; none arrives. So what has been read stays read, and the one hazard is that unread rows shift forward, over
the boundary of the next page. `next_step` answers it with three rules:

- **By offset, with an overlap.** The next page starts some rows early and must hold one of the rows of the page
  before it. If it holds none, more rows have left than the overlap covers: step back.
- **By value, once the order is proven.** Each page starts at the last cursor value of the one before, inclusive:
  nothing that moves can shift that, and it needs no deep `skip`, which a search index may refuse (API.md 3.2). But
  an ascending page does not prove that `sort` is honoured. A list in order of creation is ascending too, until it
  comes to a row that was edited late, and whoever jumps to that row's value loses all between. So after two full
  pages in ascending order the next one is asked for in descending order: an endpoint that ignores `sort` answers
  with the rows it began with, one that honours it with rows from the other end.
- **The end is a fact.** A page with no row but those of the page before ends the window, or a documented total.
  A short page does not: a server may cap pages below what was asked for.
"""

import logging
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.extractors.record_filter import RecordFilter
from airbyte_cdk.sources.declarative.requesters.paginators.strategies.pagination_strategy import PaginationStrategy
from airbyte_cdk.sources.streams.http.error_handlers import ErrorHandler, ErrorResolution, ResponseAction
from airbyte_cdk.sources.types import Record, StreamSlice, StreamState
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

LOGGER = logging.getLogger("airbyte")

UNTESTED, PROBED, HONOURED, IGNORED = "untested", "probed", "honoured", "ignored"

# 2 % of a page covers what is edited between two requests of a busy project; what it does not cover costs a step back
# and no row. A tenth, as DESIGN.md section 4 had it, would cost every sync a tenth of its rows.
_ROWS_PER_OVERLAP = 50
_ROWS_PER_TIE = 10
# Where the filter is ignored, and in the window that reaches past the present, rows may also arrive. As many of them as
# a page advances by make the next page look like the last; and a few at the head of an unsorted list make a page of
# few rows look sorted. Neither happens several times in a row, nor on pages of any size.
_REPEATS_BY_CHANCE = 3
_ROWS_OF_A_PROOF = 10
# Deeper offsets are refused where they are refused at all (10,000 rows is a search index's default), so rows older
# than this are never needed again, and memory stays bounded whatever a window holds.
_ROWS_KEPT = 20_000
_STEP = "gleap_step"
_EARLIEST = "1970"
STAND_IN = "gleap_stand_in"  # set by GleapRecordExtractor


# A row's id and cursor value. A row that was changed while it is read is another one: it does not show that nothing
# was missed before it, and it is emitted anew.
Key = tuple[str, str | None]


@dataclass(frozen=True)
class Span:
    """A range of cursor values, `YYYY-MM-DDTHH:mm:ss.sssZ`, both ends inclusive, in one of the stream's passes."""

    low: str
    high: str
    archived: bool = False


UNPLACED = Span("", "")


@dataclass(frozen=True)
class Step:
    """One request of a window, and what must be known to judge its answer.

    The first step of a window is `Step()`: it is made before its window is known, and sends the window's own bounds.
    """

    span: Span = UNPLACED
    pending: tuple[Span, ...] = ()
    archived: bool = False

    low: str = ""
    high: str = ""
    skip: int = 0
    newest_first: bool = False

    order: str = UNTESTED
    last: str | None = None  # the last cursor value, while all pages of the span came in ascending order
    pages: int = 0
    largest: int = 0  # the most rows that one page of the window held: the server can send that many
    read_to: int = 0  # the offset up to which rows were read without a gap
    repeats: int = 0  # how often in a row the same page has come for another offset
    bounded: bool = True  # no row outside the window has come: the filter works

    anchors: frozenset[Key] = frozenset()  # the rows of the page before, of which one must come again
    known: frozenset[Key] = frozenset()  # emitted rows, the latest at least: they may come again
    top: frozenset[Key] = frozenset()  # emitted rows at the far end of the span: what comes after them is nothing


@dataclass(frozen=True)
class Answer:
    """All rows of the answer to a step, those outside the window included, in the order in which they came."""

    rows: Sequence[Key]
    limit: int
    total: int | None = None

    @property
    def cursors(self) -> list[str | None]:
        return [cursor for _, cursor in self.rows]


def next_step(step: Step, answer: Answer, sortable: bool = True) -> Step | None:
    """The step after `step`; None when the window has been read.

    :param step: the step that was answered, its `span`, `low` and `high` filled in
    :param answer: what came
    :param sortable: whether the endpoint may honour `sort`, so that it is worth a request to find out
    """
    rows = frozenset(answer.rows)
    step = replace(step, bounded=step.bounded and all(_within(step, cursor) for cursor in answer.cursors))
    if step.newest_first:
        return _after_probe(step, answer, rows)

    by_value = step.order in (PROBED, HONOURED)
    is_detached = rows.isdisjoint(step.anchors)
    if by_value and (not _ascending(step, answer.cursors) or (step.order == PROBED and is_detached)):
        return _by_offset_from_the_start(step, rows)
    if is_detached and 0 < step.skip < step.read_to:
        return replace(step, skip=max(0, step.skip - len(step.anchors)), known=_kept(step, rows))

    count = len(answer.rows)
    is_full = count >= min(answer.limit, step.largest or answer.limit)
    is_repeated = rows == step.anchors and step.skip > step.read_to - count
    step = replace(step, repeats=step.repeats + 1 if is_repeated else 0)
    ignores_paging = step.repeats > _REPEATS_BY_CHANCE
    if rows <= step.anchors | step.top and (not is_full or ignores_paging):
        if ignores_paging and count == answer.limit:
            LOGGER.warning(
                f"Gleap answered requests for different pages with the same {count} rows: it ignores paging here. "
                "If more rows changed in that time, they cannot be reached."
            )
        return _next_span(step)
    if answer.total is not None and step.skip + count >= answer.total:
        return _next_span(step)
    return _onward(step, answer, rows, sortable, is_full)


def _onward(step: Step, answer: Answer, rows: frozenset[Key], sortable: bool, is_full: bool) -> Step:
    count, last = len(answer.rows), answer.cursors[-1] if answer.cursors else None
    in_order = (
        sortable
        and step.order != IGNORED
        and _ascending(step, answer.cursors)
        and (step.last is None or (last is not None and step.last <= last))
    )
    order = HONOURED if step.order == PROBED else step.order
    step = replace(
        step,
        order=order if in_order else IGNORED,
        last=last if in_order else None,
        pages=step.pages + 1,
        largest=max(step.largest, count),
        read_to=step.skip + count,
    )
    advances = in_order and last is not None and last != answer.cursors[0]
    # All rows that share the last value come again; where they are many, the offset is the cheaper way on.
    if advances and step.order == HONOURED and answer.cursors.count(last) <= max(1, count // _ROWS_PER_TIE):
        # Earlier rows cannot come again; to keep them would let memory grow with the window.
        known = frozenset(row for row in step.known | rows if str(row[1]) >= str(last))
        return replace(step, low=str(last), skip=0, read_to=0, anchors=rows, known=known)
    if advances and step.order == UNTESTED and step.pages >= 2 and is_full and count >= _ROWS_OF_A_PROOF:
        return replace(step, newest_first=True, skip=0, anchors=rows, known=_kept(step, rows))
    return _by_offset(replace(step, anchors=rows, known=_kept(step, rows)))


def _after_probe(step: Step, answer: Answer, rows: frozenset[Key]) -> Step | None:
    """Judges the page that was asked for newest first, and goes on by value if it proves the order.

    An endpoint that honours `sort` sends first what lies beyond the last value read, which is new, and then what lies
    before it, which is not. One that ignores `sort` begins with whatever is left of the rows that were read. If nothing
    is left of them, this page proves nothing yet: the next one has to hold one of the `anchors`, because a row that is
    still there then was there now.
    """
    last = str(step.last)
    as_expected = _ascending(step, answer.cursors[::-1]) and all(
        cursor == last or ((key, cursor) in step.known) == (str(cursor) < last) for key, cursor in answer.rows
    )
    onward = replace(step, newest_first=False, known=_kept(step, rows))
    if rows and as_expected:
        highest, lowest = str(answer.cursors[0]), str(answer.cursors[-1])
        if lowest < last <= highest:
            return _next_span(replace(onward, order=HONOURED if last < highest else UNTESTED))
        if last < highest:
            return replace(onward, order=PROBED, low=last, high=lowest, top=rows)
    return _by_offset(replace(onward, order=IGNORED, last=None))


def after_refusal(step: Step) -> Step | None:
    """The step to take when Gleap refused `step` for its `skip`; None when there is no other way to the rows.

    Pages that came in order so far are worth the test that makes `skip` unnecessary. Otherwise the span is halved, for
    as long as that makes a difference: not where the filter is ignored, and not within one millisecond.
    """
    if not step.bounded:
        return None
    if step.order == UNTESTED and step.last is not None:
        return replace(step, newest_first=True, skip=0)
    low, high = (datetime.fromisoformat(bound[:23]) for bound in (step.low, step.high))
    if low >= high:
        return None
    middle = low + (high - low) / 2
    first, second = _iso(middle), _iso(middle, milliseconds=1)
    rest = Span(second, step.high, step.archived)
    return _first_of(Span(step.low, first, step.archived), (rest, *step.pending), step)


def _by_offset(step: Step) -> Step:
    """The next page by offset: it starts so early that it must hold some of the rows in `anchors`.

    Not after a page of a single row: to ask for that row again would bring nothing but it.
    """
    count = len(step.anchors)
    return replace(step, skip=step.read_to - min(max(1, count // _ROWS_PER_OVERLAP), max(0, count - 1)))


def _by_offset_from_the_start(step: Step, rows: frozenset[Key]) -> Step:
    return replace(_first_of(step.span, step.pending, replace(step, known=_kept(step, rows))), order=IGNORED)


def _next_span(step: Step) -> Step | None:
    return _first_of(step.pending[0], step.pending[1:], step) if step.pending else None


def _first_of(span: Span, pending: tuple[Span, ...], step: Step) -> Step:
    """The first step of `span`, with what has been learnt of the server. Another pass may bring the same rows anew."""
    return Step(
        span=span,
        pending=pending,
        archived=span.archived,
        low=span.low,
        high=span.high,
        order=UNTESTED if step.order == PROBED else step.order,
        largest=step.largest,
        bounded=step.bounded,
        known=step.known | step.top if span.archived == step.archived else frozenset(),
    )


def _kept(step: Step, rows: frozenset[Key]) -> frozenset[Key]:
    return (step.known if len(step.known) < _ROWS_KEPT else frozenset()) | rows


def _within(step: Step, cursor: str | None) -> bool:
    return cursor is None or step.low <= cursor <= step.high


def _ascending(step: Step, cursors: Sequence[str | None]) -> bool:
    values = [cursor for cursor in cursors if cursor is not None]
    return step.bounded and len(values) == len(cursors) and all(a <= b for a, b in pairwise(values))


def _iso(moment: datetime, milliseconds: int = 0) -> str:
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return (whole + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds") + "Z"


@dataclass
class WindowPagination(PaginationStrategy):
    """Asks `next_step` after every page; its token is a `Step`, which the manifest turns into request parameters.

    Only the step that comes next is kept, on the slice that is being read: one slice is read by one thread, and this
    object is shared by all of them.

    :param page_size: rows to ask for in one request
    :param sortable: whether the endpoint may honour `sort`
    :param archived_pass: read the window a second time for the archived rows
    """

    parameters: InitVar[Mapping[str, Any]]
    page_size: int
    sortable: bool = True
    archived_pass: bool = False

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        pass

    @property
    def initial_token(self) -> Any | None:
        return Step()

    def get_page_size(self) -> int | None:
        return self.page_size

    def next_page_token(
        self,
        response: requests.Response,
        last_page_size: int,
        last_record: Record | None,
        last_page_token_value: Any | None,
        page_size_override: int | None = None,
        stream_slice: StreamSlice | None = None,
    ) -> Step | None:
        stream_slice = cast(StreamSlice, stream_slice)
        step = self._placed(last_page_token_value or Step(), stream_slice)
        if not getattr(response, "gleap_refused", False):  # set by RefusedSkipHandler
            page = response.gleap_page  # type: ignore[attr-defined] # set by GleapRecordExtractor
            answer = Answer(
                rows=page.keys,
                limit=page_size_override or self.page_size,
                total=page.total,
            )
            following = next_step(step, answer, self.sortable)
        else:
            following = after_refusal(step)
            if following is None:
                raise _unreachable(step)
        cast(MutableMapping[str, Any], stream_slice.extra_fields)[_STEP] = following
        return following

    def _placed(self, step: Step, stream_slice: StreamSlice) -> Step:
        if step.span is not UNPLACED:
            return step
        low, high = stream_slice.cursor_slice["start_time"], stream_slice.cursor_slice["end_time"]
        pending = (Span(low, high, archived=True),) if self.archived_pass else ()
        return replace(step, span=Span(low, high), pending=pending, low=low, high=high)


def _unreachable(step: Step) -> AirbyteTracedException:
    return AirbyteTracedException(
        message=f"Gleap refuses to list more than {step.skip} rows that changed between {step.low} and {step.high}, "
        "and offers no other way to the rest. The sync was stopped, so that nothing is missed in silence. Ask Gleap "
        "to raise that limit for your project.",
        internal_message=f"skip={step.skip} refused; order {step.order}, bounded {step.bounded}",
        failure_type=FailureType.system_error,
    )


@dataclass
class WindowFilter(RecordFilter):
    """Lets a row pass once, and only if its cursor lies in the window, both ends inclusive.

    Rows that were read on an earlier page of the window are dropped, so that a quiet project yields no duplicates.
    Rows outside the window are dropped because another window brings them; if Gleap was asked for none such, it
    ignores the filter, which is reported once: the sync is slow then, but right. A row passes too if it has no date, or
    the year 1, by which some programs say so, or if another date stands in for the one that Gleap filters by.

    :param filtered: whether Gleap is asked to send only rows of the window
    :param name: the stream's, for that report
    """

    filtered: bool = True
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
        step: Step = stream_slice.extra_fields.get(_STEP) or Step()
        low, high = stream_slice.cursor_slice["start_time"], stream_slice.cursor_slice["end_time"]
        outside = 0
        for record in records:
            cursor = record["updatedAt"]
            key = (record["id"], cursor)
            if key in step.known or key in step.top:
                continue
            is_shown = cursor is not None and not (self.filtered and STAND_IN in record)
            if not is_shown or cursor < _EARLIEST or low <= cursor <= high:
                yield record
            else:
                outside += 1
        if outside and self.filtered and not self._has_warned:
            self._has_warned = True
            LOGGER.warning(
                f"Stream {self.name}: Gleap was asked for rows changed from {low} to {high} and sent {outside} "
                "others as well: it ignores the filter here. They were left out where they do not belong; the sync "
                "takes longer and misses nothing."
            )


@dataclass
class RefusedSkipHandler(ErrorHandler):
    """Hands an answer 400 to a request with a `skip` on to the pagination, which knows other ways; fails on all else.

    A search index refuses offsets above a limit, 10,000 rows by default, and sessions come from one (API.md 3.2). Put
    first in a CompositeErrorHandler: its handlers are asked in turn until one does not fail.

    SimpleRetriever ends a slice, without a word to its pagination, at a response that is not ok. So the response is
    marked `gleap_refused` and made to look answered, without rows.
    """

    parameters: InitVar[Mapping[str, Any]]

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        pass

    @property
    def max_retries(self) -> int | None:
        return None

    @property
    def max_time(self) -> int | None:
        return None

    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        if isinstance(response, requests.Response) and response.status_code == 400:
            query = parse_qs(urlsplit(str(response.request.url)).query)
            if int(query.get("skip", ["0"])[0]) > 0:
                response.gleap_refused = True  # type: ignore[attr-defined]
                response.status_code = 200
                return ErrorResolution(
                    response_action=ResponseAction.IGNORE,
                    error_message=f"Gleap refused to list rows from offset {query['skip'][0]}; going on another way.",
                )
        return ErrorResolution(response_action=ResponseAction.FAIL)
