"""Which page comes next, so that one window is read to its end although rows move while it is read.

A window is a range of cursor values. Within it rows only leave - an update moves a row past the window's end - or
vanish; none arrives. So a row once read stays read, and the one hazard is that unread rows shift towards the front,
over the boundary of the next page. `next_page` has three rules against it:

- **Offset pagination with an overlap.** The next page starts some rows early and must hold one row of the page before
  it. If it holds none, more rows have left than the overlap covers: step back.
- **Keyset pagination, once the order is proven.** Each page starts at the last cursor value of the one before,
  inclusive: nothing that moves can shift that, and it needs no deep `skip`, which a search index may refuse
  (docs/API.md 3.2). An ascending page does not prove that `sort` is honored. A list in order of creation is ascending
  too, until it comes to a row that was edited late, and jumping to that row's cursor value would skip the rows in
  between. So after two full ascending pages one page is requested in descending order, the probe: an endpoint that
  ignores `sort` sends the rows it began with, one that honors it sends rows from the other end.
- **The end is a fact.** An empty page ends the window, or the last row of the page before alone, where it was, or a
  total in the response. A short page does not, however long others are: a server may cap pages below what was asked
  for, by rows or by bytes, or take rows out of a page once it is cut.

| phase            | the page shows                  | next                                            |
|------------------|---------------------------------|-------------------------------------------------|
| OFFSET_*         | no row of the page before       | the same phase, one overlap back                |
| OFFSET_ASCENDING | the second full ascending page  | PROBE                                           |
| PROBE            | rows from the other end         | KEYSET_UNPROVEN                                 |
| PROBE            | rows that were read             | OFFSET                                          |
| KEYSET_UNPROVEN  | a row of the page before        | KEYSET                                          |
| KEYSET_*         | no order, or no row in common   | OFFSET, from the start of the range             |
| any              | several rows, none of them new  | the same phase, from the last of them on        |
| any              | no other row, or the total      | the next pending range, otherwise the end       |

The CDK's own `SPLIT_REQUEST_WINDOW` does not replace `after_offset_refused`: it reads the halves of a refused window
from their start, and so emits the rows of the pages before the refusal twice. This module emits each row once.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise
from typing import Literal

LOGGER = logging.getLogger("airbyte")

# 2 % of a page covers what is edited between two requests of a busy project. What it does not cover costs a step back
# and no row; a tenth would cost every sync a tenth of its rows.
_OVERLAP_FRACTION = 0.02
_MAX_TIE_FRACTION = 0.1
# Rows may also arrive where the filter is ignored, and in the window that reaches past the present. As many of them as
# a page advances by make the next page look like the last; and a few at the head of an unsorted list make a page of
# few rows look sorted. Neither happens several times in a row, nor on pages of any size.
_MAX_REPEATS = 3
_MIN_PROOF_ROWS = 10
# Lists are cut at round numbers of rows.
_MIN_CUT, _ROUND = 20, 10
# Deeper offsets are refused where they are refused at all (10,000 rows is a search index's default), so that no range
# starts again with older rows, and memory stays bounded whatever a window holds.
_MAX_SEEN = 12_000

# A row's id and cursor value. A row that was changed while it is read is another one: it does not show that nothing
# was missed before it, and it is emitted again.
Key = tuple[str, str | None]

# The field of a row that names the date which replaces the one that Gleap filters by.
CURSOR_FALLBACK = "_cursor_fallback"

EARLIEST, LATEST = "1970-01-01T00:00:00.000Z", "2999-12-31T23:59:59.999Z"


class Phase(Enum):
    """How a range is paged through, and what is known of `sort`."""

    OFFSET_ASCENDING = "by offset; ascending so far, which proves nothing"
    PROBE = "the page requested in descending order"
    KEYSET_UNPROVEN = "by cursor value; must still find a row of the page before"
    KEYSET = "by cursor value"
    OFFSET = "by offset; `sort` is ignored"


@dataclass(frozen=True)
class CursorRange:
    """A range of cursor values, `YYYY-MM-DDTHH:mm:ss.sssZ`, both ends inclusive, in one of the stream's passes."""

    low: str
    high: str
    archived: bool | None = False

    def includes(self, cursor: str | None) -> bool:
        """Whether a row with this cursor value belongs here. A row without a date belongs everywhere.

        The year 1, by which some programs say that there is no date, counts as none.
        """
        return cursor is None or cursor < EARLIEST[:4] or self.low <= cursor <= self.high


EVERYTHING = CursorRange(EARLIEST, LATEST, archived=None)


@dataclass(frozen=True)
class QueryForm:
    """How a list is requested. The default is the full form; the others leave out what Gleap does not understand.

    Attributes:
        limit: Rows to request.
        bounds: Whether the query has date bounds: those of the window, or none.
        sort: Whether the query has a `sort`.
        flags: Whether the query has the stream's own flags, such as `archived`.
    """

    limit: int = 1000
    bounds: Literal["window", "none"] = "window"
    sort: bool = True
    flags: bool = True

    @property
    def has_bounds(self) -> bool:
        return self.bounds == "window"


@dataclass(frozen=True)
class PageToken:
    """One request of a window, and what must be known to judge its response.

    The first token of a window has no range yet: the request sends the slice's own bounds.
    """

    form: QueryForm = QueryForm()
    window: CursorRange | None = None
    pending: tuple[CursorRange, ...] = ()

    low: str = ""
    high: str = ""
    skip: int = 0
    is_only: bool = False  # the read ends with this page: it finds something out
    has_more: bool = False  # the previous response announced more rows
    phase: Phase = Phase.OFFSET_ASCENDING

    last: str | None = None  # the last cursor value, while all pages of the range came in ascending order
    pages: int = 0
    largest: int = 0  # the most rows that one page of the window held: the server can send that many
    read_to: int = 0  # the offset up to which rows were read without a gap
    repeats: int = 0  # how often in a row the same page has come for another offset
    is_bounded: bool = True  # no row outside the window has come: the filter works

    overlap: frozenset[Key] = frozenset()  # the rows of the page before, of which one must come again
    seen: frozenset[Key] = frozenset()  # emitted rows, the latest at least: they may come again
    seen_at_end: frozenset[Key] = frozenset()  # emitted rows at the far end of the range: nothing comes after them

    @property
    def archived(self) -> bool | None:
        """Which pass is read: the one for archived rows, the one for others, or None for both."""
        return self.window.archived if self.window else False

    @property
    def archived_flag(self) -> str:
        """The value of the request's `archived` parameter; empty for a request without one."""
        return "" if self.archived is None or not self.form.flags else str(self.archived).lower()

    @property
    def sort(self) -> str:
        """The value of the request's `sort` parameter; empty for a request without one."""
        if not self.form.sort:
            return ""
        return "-updatedAt" if self.phase is Phase.PROBE else "updatedAt"


@dataclass(frozen=True)
class PageResult:
    """All rows of a response, those outside the range included, in the order in which they came.

    Attributes:
        rows: Id and cursor value of each.
        total: How many rows the query matches, if the endpoint is known to say so.
        has_more: Whether the response says that there are more rows.
    """

    rows: Sequence[Key]
    total: int | None = None
    has_more: bool = False

    @property
    def cursors(self) -> list[str | None]:
        return [cursor for _, cursor in self.rows]


def next_page(token: PageToken, page: PageResult, is_sortable: bool = True) -> PageToken | None:
    """The token after `token`, by the table of this module; None when the window has been read.

    Args:
        token: The token of the response, its range filled in.
        page: What came.
        is_sortable: Whether the endpoint may honor `sort`, so that it is worth a request to find out.
    """
    if token.is_only:
        return None
    rows = frozenset(page.rows)
    token = replace(
        token,
        is_bounded=token.is_bounded
        and token.form.has_bounds
        and all(_is_within(token, cursor) for cursor in page.cursors),
    )
    if token.phase is Phase.PROBE:
        return _judge_probe(token, page, rows)

    is_detached = rows.isdisjoint(token.overlap)
    if token.phase is Phase.KEYSET_UNPROVEN and is_detached:
        return _restart_by_offset(token, rows)
    if token.phase in (Phase.KEYSET, Phase.KEYSET_UNPROVEN) and not _is_ascending(token, page.cursors):
        return _restart_by_offset(token, rows)
    if is_detached and 0 < token.skip < token.read_to:
        return replace(token, skip=max(0, token.skip - len(token.overlap)), seen=_remember(token, rows))

    count = len(page.rows)
    is_full = count >= min(token.form.limit, token.largest or token.form.limit)
    is_repeated = rows == token.overlap and token.skip > token.read_to - count
    token = replace(token, repeats=token.repeats + 1 if is_repeated else 0)
    ignores_paging = token.repeats > _MAX_REPEATS
    has_news = not rows <= token.overlap | token.seen_at_end
    is_at_end = token.skip + count == token.read_to
    if is_at_end and count > 1 and not (has_news or is_full or ignores_paging):
        # The page may be cut behind the rows that come again.
        return replace(token, skip=token.read_to - 1, seen=_remember(token, rows))
    if not has_news and (((is_at_end or not rows) and not is_full) or ignores_paging):
        if ignores_paging and count == token.form.limit:
            LOGGER.warning(
                f"Gleap sent the same {count} rows for different pages: it ignores paging here. Rows beyond them "
                "cannot be reached."
            )
        return _next_range(token)
    if page.total is not None and token.skip + count >= page.total:
        return _next_range(replace(token, seen=_remember(token, rows)))
    return _advance(token, page, rows, is_sortable, is_full)


def looks_cut_off(count: int) -> bool:
    """Whether a list of so many rows may be the first page of a longer one."""
    return count >= _MIN_CUT and count % _ROUND == 0


def next_page_of_full_list(token: PageToken, page: PageResult) -> PageToken | None:
    """The token after `token`, for a list that is requested without parameters; None when it has been read.

    Such a list should come whole. More is requested where the response says that there is more, and once where the
    number of rows is round, as that of a page is. A page without a new row ends the list, unless there is more: rows
    may have left the list meanwhile, and others have come to places that were read.

    Args:
        token: The token of the response.
        page: What came.

    Raises:
        IncompleteListError: The response says that there is more, and no page brings it.
    """
    rows, count = frozenset(page.rows), len(page.rows)
    read_to = token.skip + count
    has_more = page.has_more or (page.total or 0) > read_to
    if token.pages and rows <= token.seen:
        ids = len({key for key, _ in token.seen})
        is_complete = count > 0 and page.total is not None and page.total <= min(read_to, ids)
        # Nor did the pages before bring a new row: what was announced has left the list, or moved up in it.
        is_settled = count == 1 and page.total is None and not has_more and token.repeats > 0
        if is_complete or is_settled or not (has_more or token.has_more):
            return None
        if token.repeats == _MAX_REPEATS:
            raise IncompleteListError(ids, page.total)
        skip = read_to - 1 if count and (has_more or token.repeats) else token.skip - token.largest
        return replace(token, skip=max(0, skip), repeats=token.repeats + 1, has_more=True)
    if token.pages == 0 and not has_more and not looks_cut_off(count):
        return None
    is_detached = token.pages > 0 and rows.isdisjoint(token.seen)
    return replace(
        token,
        # The last row comes again, unless rows have left the list meanwhile.
        skip=max(0, token.skip - count) if is_detached else max(0, read_to - 1),
        pages=token.pages + 1,
        largest=max(token.largest, count),
        repeats=0,
        seen=token.seen | rows,
        has_more=has_more,
    )


class IncompleteListError(Exception):
    """A list has more rows than it can be made to send.

    Args:
        read: How many rows were read.
        total: How many there are, if that is known.
    """

    def __init__(self, read: int, total: int | None) -> None:
        super().__init__(f"{read} of {total or 'more'} rows")


def _advance(token: PageToken, page: PageResult, rows: frozenset[Key], is_sortable: bool, is_full: bool) -> PageToken:
    count, last = len(page.rows), page.cursors[-1] if page.cursors else None
    in_order = (
        is_sortable
        and token.phase is not Phase.OFFSET
        and _is_ascending(token, page.cursors)
        and (token.last is None or (last is not None and token.last <= last))
    )
    proven = Phase.KEYSET if token.phase is Phase.KEYSET_UNPROVEN else token.phase
    token = replace(
        token,
        phase=proven if in_order else Phase.OFFSET,
        last=last if in_order else None,
        pages=token.pages + 1,
        largest=max(token.largest, count),
        read_to=token.skip + count,
    )
    advances = in_order and last is not None and last != page.cursors[0]
    # All rows that share the last value come again; where they are many, the offset is the cheaper way on.
    ties = page.cursors.count(last)
    if advances and token.phase is Phase.KEYSET and ties <= max(1, int(count * _MAX_TIE_FRACTION)):
        # Earlier rows cannot come again; to keep them would let memory grow with the window.
        seen = frozenset(row for row in token.seen | rows if str(row[1]) >= str(last))
        return replace(token, low=str(last), skip=0, read_to=ties, overlap=rows, seen=seen)
    token = replace(token, overlap=rows, seen=_remember(token, rows))
    is_proof = is_full and count >= _MIN_PROOF_ROWS and token.pages >= 2
    if advances and token.phase is Phase.OFFSET_ASCENDING and is_proof:
        return replace(token, phase=Phase.PROBE, skip=0)
    return _by_offset(token)


def _judge_probe(token: PageToken, page: PageResult, rows: frozenset[Key]) -> PageToken | None:
    """Judges the page that was requested in descending order, and goes on by cursor value if it proves the order.

    An endpoint that honors `sort` sends first what lies beyond the last value read, which is new, and then what lies
    before it, which is not. One that ignores `sort` begins with whatever is left of the rows that were read. If nothing
    is left of them, this page proves nothing yet: the next one has to hold a row of the overlap, because a row that is
    still there then was there now.
    """
    last = str(token.last)
    as_expected = _is_ascending(token, page.cursors[::-1]) and all(
        cursor == last or ((key, cursor) in token.seen) == (str(cursor) < last) for key, cursor in page.rows
    )
    token = replace(token, seen=_remember(token, rows))
    if rows and as_expected:
        highest, lowest = str(page.cursors[0]), str(page.cursors[-1])
        if lowest < last <= highest:
            return _next_range(replace(token, phase=Phase.KEYSET if last < highest else Phase.OFFSET_ASCENDING))
        if last < highest:
            ties = sum(cursor == last for _, cursor in token.overlap)
            return replace(token, phase=Phase.KEYSET_UNPROVEN, low=last, high=lowest, read_to=ties, seen_at_end=rows)
    return _by_offset(replace(token, phase=Phase.OFFSET, last=None))


def after_offset_refused(token: PageToken) -> PageToken | None:
    """The token to go on with when Gleap refused `token` for its `skip`; None when there is no other way to the rows.

    Pages that came in order so far are worth the probe that makes `skip` unnecessary. Otherwise the range is halved,
    for as long as that makes a difference: not where the filter is ignored, and not within one millisecond.
    """
    if not token.is_bounded:
        return None
    if token.phase is Phase.OFFSET_ASCENDING and token.last is not None:
        return replace(token, phase=Phase.PROBE, skip=0)
    low, high = (datetime.fromisoformat(bound[:23]) for bound in (token.low, token.high))
    if low >= high:
        return None
    middle = low + (high - low) / 2
    first = CursorRange(token.low, _to_iso(middle), token.archived)
    rest = CursorRange(_to_iso(middle, milliseconds=1), token.high, token.archived)
    return _start_range(first, (rest, *token.pending), token)


def _by_offset(token: PageToken) -> PageToken:
    """The next page by offset: it starts so early that it must hold some of the rows in `overlap`.

    After a short page, which most likely is the last one, it holds a single row of them. After a page of a single row
    it holds none: to ask for that row again would bring nothing but it.
    """
    count = len(token.overlap)
    repeated = int(count * _OVERLAP_FRACTION) if count >= min(token.form.limit, token.largest) else 1
    return replace(token, skip=token.read_to - min(max(1, repeated), max(0, count - 1)))


def _restart_by_offset(token: PageToken, rows: frozenset[Key]) -> PageToken:
    assert token.window is not None
    restarted = _start_range(token.window, token.pending, replace(token, seen=_remember(token, rows)))
    return replace(restarted, phase=Phase.OFFSET)


def _next_range(token: PageToken) -> PageToken | None:
    return _start_range(token.pending[0], token.pending[1:], token) if token.pending else None


def _start_range(cursor_range: CursorRange, pending: tuple[CursorRange, ...], token: PageToken) -> PageToken:
    """The first token of a range, with what is known of the server. Another pass may bring the same rows again."""
    unproven = (Phase.KEYSET_UNPROVEN, Phase.PROBE)
    return PageToken(
        form=token.form,
        window=cursor_range,
        pending=pending,
        low=cursor_range.low,
        high=cursor_range.high,
        phase=Phase.OFFSET_ASCENDING if token.phase in unproven else token.phase,
        largest=token.largest,
        is_bounded=token.is_bounded,
        seen=token.seen | token.seen_at_end if cursor_range.archived == token.archived else frozenset(),
    )


def _remember(token: PageToken, rows: frozenset[Key]) -> frozenset[Key]:
    return (token.seen if len(token.seen) < _MAX_SEEN else frozenset()) | rows


def _is_within(token: PageToken, cursor: str | None) -> bool:
    return cursor is None or token.low <= cursor <= token.high


def _is_ascending(token: PageToken, cursors: Sequence[str | None]) -> bool:
    values = [cursor for cursor in cursors if cursor is not None]
    return token.is_bounded and len(values) == len(cursors) and all(a <= b for a, b in pairwise(values))


def _to_iso(moment: datetime, milliseconds: int = 0) -> str:
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return (whole + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds") + "Z"
