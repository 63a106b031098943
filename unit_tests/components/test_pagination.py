"""The pagination strategy, the record filter and the handler of refused requests: what comes next, what passes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.http.error_handlers import ErrorHandler, ErrorResolution, ResponseAction
from airbyte_cdk.sources.types import StreamSlice

from source_gleap.components.pagination import (
    RefusedRequestError,
    RefusedRequestErrorHandler,
    WindowPaginationStrategy,
    WindowRecordFilter,
    set_page,
)
from source_gleap.components.responses import parsed
from source_gleap.components.window_pages import PageResult, PageToken, Phase, after_offset_refused

LOW, HIGH = "2026-01-01T00:00:00.000Z", "2026-01-30T23:59:59.999Z"


def window() -> StreamSlice:
    return StreamSlice(partition={}, cursor_slice={"start_time": LOW, "end_time": HIGH})


def row(number: int, cursor: str | None = None) -> dict[str, Any]:
    return {"id": f"r{number}", "updatedAt": cursor or f"2026-01-02T00:00:{number:02d}.000Z"}


def page(rows: Sequence[dict[str, Any]], total: int | None = None) -> requests.Response:
    response = requests.Response()
    response.status_code = 200
    parsed(response).page = PageResult([(found["id"], found["updatedAt"]) for found in rows], total)
    return response


def refused(skip: int = 10, status: int = 400) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.request = requests.Request("GET", f"http://localhost/v3/tickets?skip={skip}").prepare()
    return response


def pagination(**options: Any) -> WindowPaginationStrategy:
    return WindowPaginationStrategy(parameters={}, page_size=options.pop("page_size", 10), **options)


def following(
    strategy: WindowPaginationStrategy,
    read: StreamSlice,
    rows: Sequence[dict[str, Any]],
    step: PageToken | None,
    total: int | None = None,
) -> PageToken | None:
    return strategy.next_page_token(page(rows, total), len(rows), None, step, stream_slice=read)


def test_first_request_starts_at_the_oldest_row_of_the_window() -> None:
    first = pagination(page_size=7).initial_token
    assert (first.skip, first.sort, first.low, first.high, first.form.limit) == (0, "updatedAt", "", "", 7)
    assert pagination(page_size=7).get_page_size() == 7


def test_empty_page_ends_the_window() -> None:
    assert following(pagination(), window(), [], None) is None


def test_reached_total_ends_the_window_without_another_request() -> None:
    assert following(pagination(), window(), [row(n) for n in range(10)], None, total=10) is None


def test_short_page_is_followed_by_an_overlapping_page() -> None:
    step = following(pagination(), window(), [row(1), row(2), row(3)], None)
    assert step is not None
    assert (step.skip, step.low, step.high) == (2, LOW, HIGH)


@pytest.mark.parametrize(("capacity", "rows"), [(0, 1), (5, 3), (1000, 6)])
def test_page_that_may_be_cut_ends_nothing(capacity: int, rows: int) -> None:
    first = replace(pagination().initial_token, capacity=capacity)
    assert following(pagination(), window(), [row(n) for n in range(rows)], first) is not None


@pytest.mark.parametrize(("capacity", "rows"), [(2, 1), (6, 3), (1000, 5)])
def test_page_of_half_the_rows_that_another_held_ends_the_window(capacity: int, rows: int) -> None:
    first = replace(pagination().initial_token, capacity=capacity)
    assert following(pagination(), window(), [row(n) for n in range(rows)], first) is None


def test_page_without_new_rows_ends_the_window() -> None:
    strategy, read = pagination(), window()
    step = following(strategy, read, [row(1), row(2), row(3)], None)
    assert following(strategy, read, [row(3)], step) is None


def test_page_without_overlap_is_followed_by_a_step_back() -> None:
    strategy, read = pagination(), window()
    step = following(strategy, read, [row(n) for n in range(10)], None)
    assert step is not None
    back = following(strategy, read, [row(n) for n in range(20, 30)], step)
    assert back is not None
    assert back.skip == 0


def test_two_ordered_full_pages_are_followed_by_a_sort_probe() -> None:
    strategy, read = pagination(), window()
    first = following(strategy, read, [row(n) for n in range(10)], None)
    second = following(strategy, read, [row(n) for n in range(9, 19)], first)
    assert second is not None
    assert (second.phase, second.sort) == (Phase.PROBE, "-updatedAt")


def test_proven_order_starts_keyset_pagination() -> None:
    strategy, read = pagination(), window()
    step = following(strategy, read, [row(n) for n in range(10)], None)
    step = following(strategy, read, [row(n) for n in range(9, 19)], step)
    step = following(strategy, read, [row(n) for n in range(59, 49, -1)], step)
    assert step is not None
    assert (step.low, step.high, step.skip) == (row(18)["updatedAt"], row(50)["updatedAt"], 0)
    step = following(strategy, read, [row(n) for n in range(18, 28)], step)
    assert step is not None
    assert (step.low, step.skip) == (row(27)["updatedAt"], 0)


def test_order_proof_is_discarded_when_its_rows_have_left() -> None:
    strategy, read = pagination(), window()
    step = following(strategy, read, [row(n) for n in range(10)], None)
    step = following(strategy, read, [row(n) for n in range(9, 19)], step)
    step = following(strategy, read, [row(n) for n in range(59, 49, -1)], step)
    step = following(strategy, read, [row(n) for n in range(30, 40)], step)
    assert step is not None
    assert (step.low, step.high, step.skip, step.phase) == (LOW, HIGH, 0, Phase.OFFSET)


def test_endpoint_that_repeats_its_first_rows_is_read_by_offset() -> None:
    strategy, read = pagination(), window()
    step = following(strategy, read, [row(n) for n in range(10)], None)
    step = following(strategy, read, [row(n) for n in range(9, 19)], step)
    step = following(strategy, read, [row(n) for n in range(10)], step)
    assert step is not None
    assert (step.phase, step.low, step.skip) == (Phase.OFFSET, LOW, 18)


def test_endpoint_without_sort_support_is_not_probed() -> None:
    strategy, read = pagination(sortable=False), window()
    step = following(strategy, read, [row(n) for n in range(10)], None)
    step = following(strategy, read, [row(n) for n in range(9, 19)], step)
    assert step is not None
    assert (step.phase is Phase.PROBE, step.skip) == (False, 18)


def test_page_with_one_timestamp_is_followed_by_offset() -> None:
    strategy, read = pagination(), window()
    tie = "2026-01-02T00:00:00.000Z"
    step = following(strategy, read, [row(n, tie) for n in range(10)], None)
    step = following(strategy, read, [row(n, tie) for n in range(9, 19)], step)
    assert step is not None
    assert (step.phase is Phase.PROBE, step.skip) == (False, 18)


def test_archived_rows_are_read_in_a_second_pass() -> None:
    strategy, read = pagination(archived_pass=True), window()
    second = following(strategy, read, [row(1)], None, total=1)
    assert second is not None
    assert (second.archived, second.low, second.high, second.skip) == (True, LOW, HIGH, 0)
    assert following(strategy, read, [], second) is None


def test_reduced_page_does_not_end_the_window() -> None:
    strategy, read = pagination(page_size=50), window()
    step = following(strategy, read, [row(n) for n in range(50)], None)
    assert step is not None
    smaller = replace(step, form=replace(step.form, limit=1))
    set_page(read, smaller)
    assert following(strategy, read, [row(49)], smaller) is not None


def test_refused_offset_halves_the_window_without_sort_support() -> None:
    step = following(pagination(sortable=False), window(), [row(n) for n in range(10)], None)
    assert step is not None
    half = after_offset_refused(step)
    assert half is not None
    assert (half.low, half.high, half.skip) == (LOW, "2026-01-15T23:59:59.999Z", 0)
    assert [(rest.low, rest.high) for rest in half.pending] == [("2026-01-16T00:00:00.000Z", HIGH)]


def test_refused_offset_within_one_millisecond_has_no_next_token() -> None:
    read = StreamSlice(partition={}, cursor_slice={"start_time": LOW, "end_time": LOW})
    step = following(pagination(sortable=False), read, [row(n, LOW) for n in range(10)], None)
    assert step is not None
    assert after_offset_refused(step) is None


def passed(rows: Sequence[dict[str, Any]], read: StreamSlice, **options: Any) -> list[str]:
    record_filter = WindowRecordFilter(parameters={}, config={}, name="things", **options)
    return [found["id"] for found in record_filter.filter_records(rows, {}, read)]


def test_filter_passes_only_rows_within_inclusive_bounds() -> None:
    beyond = [row(3, "2025-12-31T23:59:59.999Z"), row(4, "2026-01-31T00:00:00.000Z")]
    assert passed([row(1, LOW), row(2, HIGH), *beyond], window()) == ["r1", "r2"]


def test_row_without_a_date_passes() -> None:
    assert passed([{"id": "a", "updatedAt": None}], window()) == ["a"]


def test_row_with_a_fallback_cursor_passes() -> None:
    with_fallback = {**row(1, "2020-01-01T00:00:00.000Z"), "_cursor_fallback": "createdAt"}
    assert passed([with_fallback], window()) == ["r1"]
    assert passed([with_fallback], window(), server_filters=False) == []


def test_row_dated_year_1_passes() -> None:
    assert passed([row(1, "0001-01-01T00:00:00.000Z")], window()) == ["r1"]


def test_row_of_an_earlier_page_passes_only_if_changed() -> None:
    strategy, read = pagination(), window()
    following(strategy, read, [row(1), row(2)], None)
    assert passed([row(1, "2026-01-03T00:00:00.000Z"), row(2), row(3)], read) == ["r1", "r3"]


def test_ignored_server_filter_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    record_filter = WindowRecordFilter(parameters={}, config={}, name="things")
    for _ in range(2):
        list(record_filter.filter_records([row(1, "2020-01-01T00:00:00.000Z")], {}, window()))
    assert len(caplog.messages) == 1
    assert "things" in caplog.text


def test_rows_outside_the_window_are_not_reported_without_server_filter(caplog: pytest.LogCaptureFixture) -> None:
    assert passed([row(1, "2020-01-01T00:00:00.000Z")], window(), server_filters=False) == []
    assert caplog.messages == []


class Failing(ErrorHandler):
    """Fails on every response."""

    max_retries, max_time = 3, 60

    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        return ErrorResolution(ResponseAction.FAIL, FailureType.config_error, "No way.")


@pytest.mark.parametrize("status", [400, 409])
def test_refused_request_raises_error_with_message_of_inner_handler(status: int) -> None:
    handler = RefusedRequestErrorHandler(parameters={}, error_handler=Failing(), status_codes=[400, 409])
    with pytest.raises(RefusedRequestError) as raised:
        handler.interpret_response(refused(status=status))
    assert (raised.value.status_code, raised.value.message) == (status, "No way.")
    assert raised.value.failure_type == FailureType.config_error
    assert (handler.max_retries, handler.max_time) == (3, 60)


@pytest.mark.parametrize("response", [refused(status=500), ValueError()])
def test_other_response_is_left_to_the_inner_handler(response: Any) -> None:
    handler = RefusedRequestErrorHandler(parameters={}, error_handler=Failing(), status_codes=[400, 409])
    assert handler.interpret_response(response).error_message == "No way."
