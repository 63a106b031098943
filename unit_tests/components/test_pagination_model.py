"""`next_page` against a list that changes between any two requests, on servers of every temper.

A model of the server instead of a server: hundreds of thousands of requests are cheap, and a failure shrinks to a few
rows. The same promises are put to the whole connector over HTTP in integration_tests.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_gleap.components.window_pages import (
    CursorRange,
    PageResult,
    PageToken,
    Phase,
    QueryForm,
    after_offset_refused,
    next_page,
)

LOW, HIGH, LATER = (f"2026-01-01T00:00:00.{ms:03d}Z" for ms in (0, 100, 500))

# An example takes a millisecond here, and half a second in a whole sync.
MANY = settings(max_examples=20 * settings().max_examples)


def cursor(value: int) -> str:
    return f"2026-01-01T00:00:00.{value:03d}Z"


@dataclass
class Server:
    """A list endpoint: `rows` in its natural order, id and cursor value each.

    Attributes:
        caps: The most rows of its pages, in turns: a server that caps pages by bytes sends few large rows.
    """

    rows: list[tuple[str, str]]
    caps: list[int]
    limit: int = 1000
    honours_sort: bool = True
    honours_filters: bool = True
    honours_paging: bool = True
    sends_total: bool = False
    max_skip: int | None = None
    requests: list[PageToken] = field(default_factory=list)

    def respond(self, step: PageToken) -> PageResult | None:
        """The response to `step`; None if its `skip` is refused."""
        self.requests.append(step)
        if self.max_skip is not None and step.skip > self.max_skip:
            return None
        rows = self.rows
        if self.honours_filters:
            rows = [row for row in rows if str(step.low) <= row[1] <= str(step.high)]
        if self.honours_sort:
            rows = sorted(rows, key=lambda row: row[1], reverse=step.phase is Phase.PROBE)
        total = len(rows) if self.sends_total else None
        if self.honours_paging:
            cap = self.caps[len(self.requests) % len(self.caps)]
            rows = rows[step.skip : step.skip + min(cap, self.limit)]
        return PageResult(rows, total)


def read(server: Server, sortable: bool = True, between: Callable[[Server], None] = lambda server: None) -> list[str]:
    """The ids that a read of the window LOW to HIGH emits, with `between` called before every request but the first."""
    emitted: list[str] = []
    step: PageToken | None = PageToken(QueryForm(limit=server.limit), CursorRange(LOW, HIGH), low=LOW, high=HIGH)
    while step is not None:
        assert len(server.requests) < 20 * (len(server.rows) + 20), "the read does not end"
        result = server.respond(step)
        if result is None:
            step = after_offset_refused(step)
            if step is None:
                raise UnreachableError
        else:
            known = step.seen | step.seen_at_end
            emitted += [
                key
                for key, value in result.rows
                if (key, value) not in known and value is not None and LOW <= value <= HIGH
            ]
            step = next_page(step, result, sortable)
        between(server)
    return emitted


class UnreachableError(Exception):
    pass


servers = st.builds(
    Server,
    rows=st.lists(st.integers(0, 100), max_size=40).map(
        lambda values: [(f"row{number}", cursor(value)) for number, value in enumerate(values)]
    ),
    caps=st.lists(st.integers(2, 20), min_size=1, max_size=4),
    limit=st.sampled_from([2, 5, 10, 1000]),
    honours_sort=st.booleans(),
    honours_filters=st.booleans(),
    honours_paging=st.sampled_from([True, True, True, False]),
    sends_total=st.booleans(),
)


@MANY
@given(servers, st.booleans(), st.data())
def test_row_that_stays_in_the_window_is_emitted_when_others_leave(
    server: Server, sortable: bool, data: st.DataObject
) -> None:
    numbers = count()

    def leave(server: Server) -> None:
        for index in data.draw(st.sets(st.integers(0, max(0, len(server.rows) - 1)), max_size=8)):
            if index < len(server.rows):
                server.rows[index] = (server.rows[index][0], LATER)
        if data.draw(st.booleans()):
            server.rows = [row for row in server.rows if row[1] != LATER]
        for place in data.draw(st.lists(st.integers(0, 40), max_size=3)):
            server.rows.insert(place, (f"new{next(numbers)}", data.draw(st.sampled_from([HIGH, LATER]))))

    emitted = read(server, sortable, leave)
    stayed = {key for key, value in server.rows if value != LATER and key.startswith("row")}
    assert stayed - set(emitted) == set()


@MANY
@given(servers, st.booleans())
def test_every_row_of_an_unchanged_list_is_emitted_once(server: Server, sortable: bool) -> None:
    assert sorted(read(server, sortable)) == sorted(key for key, _ in server.rows)


@pytest.mark.parametrize("honours_sort", [True, False])
def test_page_that_is_cut_among_rows_that_come_again_ends_nothing(honours_sort: bool) -> None:
    rows = [(f"row{number}", cursor(number // 20)) for number in range(2000)]
    server = Server(rows, [3, 255, 255, 255, 255], honours_sort=honours_sort)
    assert sorted(read(server)) == sorted(key for key, _ in rows)


def test_page_that_is_cut_behind_rows_that_come_again_ends_nothing() -> None:
    values = [0] * 9 + [1] * 8 + [2]
    rows = [(f"row{number}", cursor(value)) for number, value in enumerate(values)]
    server = Server(rows, [2, 2, 10], limit=10)
    assert sorted(read(server)) == sorted(key for key, _ in rows)


@MANY
@given(servers, st.booleans(), st.integers(1, 30))
def test_read_with_refused_deep_offsets_emits_each_row_once_or_fails(
    server: Server, sortable: bool, max_skip: int
) -> None:
    server.max_skip, server.honours_paging = max_skip, True  # what ignores an offset cannot refuse it
    try:
        emitted = read(server, sortable)
    except UnreachableError:
        same = max((sum(value == other for _, other in server.rows) for _, value in server.rows), default=0)
        assert not server.honours_filters or same >= min(max_skip, *server.caps, server.limit)
    else:
        assert sorted(emitted) == sorted(key for key, _ in server.rows)


@pytest.mark.parametrize("honours_sort", [True, False])
@pytest.mark.parametrize("page_size", [10, 50, 100])
@pytest.mark.parametrize("rows_held", [0, 1, 9, 10, 11, 49, 50, 51, 99, 100, 101, 105, 200, 205, 500, 1000, 1049])
def test_unchanged_window_needs_at_most_20_percent_more_requests_than_pages(
    rows_held: int, page_size: int, honours_sort: bool
) -> None:
    rows = [(f"row{number}", cursor(number * 100 // max(1, rows_held))) for number in range(rows_held)]
    server = Server(rows, [page_size], page_size, honours_sort=honours_sort)
    read(server, sortable=honours_sort)
    assert len(server.requests) <= rows_held / page_size * 1.2 + 2


def test_window_of_many_pages_uses_keyset_pagination() -> None:
    rows = [(f"row{number}", f"2026-01-01T00:00:{number // 1000:02d}.{number % 1000:03d}Z") for number in range(9_000)]
    server = Server(rows, [100], 100)
    span = CursorRange(rows[0][1], rows[-1][1])
    step: PageToken | None = PageToken(QueryForm(limit=100), span, low=span.low, high=span.high)
    while step is not None:
        result = server.respond(step)
        assert result is not None
        step = next_page(step, result)
    assert max(request.skip for request in server.requests) < 100
    assert len(server.requests) < 9_000 / 100 * 1.05
