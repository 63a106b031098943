"""What the doctor asks: little, read-only, nobody else, and not for ever."""

from collections.abc import Callable
from unittest.mock import patch

import pytest
import requests

from integration_tests.doctoring import NOT_SAFE, NOT_SEEN, examine
from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.fake_sleep import ENDLESS, fake_clock
from integration_tests.support.run_sync import run_sync
from integration_tests.support.slow_cases import slow_except

MOODS = {
    "none": Behavior(),
    "capped": Behavior(page_cap=3),
    "unsorted": Behavior(honours_sort=False, natural_order="updated_desc", message_order="sorted"),
    "unfiltered": Behavior(honours_filters=False),
    "all shown": Behavior(hides_archived=False, sends_total=False),
    "shallow": Behavior(max_skip=100, honours_filters=False),
    "unpaged": Behavior(ignores_paging=True),
    "in envelopes": Behavior(survey_envelope="data", response_envelope="responses"),
    "by ticket": Behavior(project_wide_messages=False),
    "small pages": Behavior(max_rows_before_504=20, too_large_status=413),
    "limited": Behavior(requests_per_second=4, retry_after=1),
}


@pytest.mark.parametrize("mode", ["project", "ticket"])
@pytest.mark.parametrize("behavior", MOODS)
@pytest.mark.parametrize("tickets", slow_except([300], [0, 300]))
def test_it_sends_fewer_than_40_requests_all_of_them_get_and_says_how_many(
    tickets: int, behavior: str, mode: str
) -> None:
    project = Project.generate(seed=4, tickets=tickets) if tickets else Project.empty()
    with GleapEmulator(project, MOODS[behavior]) as emulator:
        found = examine(emulator.config(messages_mode=mode))
        requests = emulator.requests
    assert len(requests) < 40
    assert {request.method for request in requests} == {"GET"}
    assert f" {len(requests)} requests to " in found.printed.splitlines()[0]


def test_it_stops_at_39_requests_whatever_comes_and_calls_the_rest_not_seen() -> None:
    # Every other request fails, so that each is made twice.
    failing: Callable[[Request], Fault | None] = lambda request: Fault.status(500) if request.number % 2 else None  # noqa: E731
    with GleapEmulator(Project.generate(seed=4, tickets=300), fault=failing) as emulator:
        found = examine(emulator.config())
        assert len(emulator.requests) == 39
    assert ("survey_responses", "list") in found.with_verdict(NOT_SEEN)
    assert "39 requests had been made" in found.printed
    assert found.with_verdict(NOT_SAFE) == set()


def test_it_asks_for_the_first_pages_as_a_sync_does_but_for_the_dates() -> None:
    def first(emulator: GleapEmulator) -> dict[str, dict[str, str]]:
        asked: dict[str, dict[str, str]] = {}
        for request in emulator.requests:
            if request.headers["project"] == emulator.project_id:
                asked.setdefault(str(request.stream), {k: v for k, v in request.params.items() if k[-1] not in "<>"})
        return asked

    project = Project.generate(seed=4, tickets=40)
    with GleapEmulator(project) as synced, GleapEmulator(project) as examined:
        run_sync(synced.config())
        examine(examined.config())
        assert first(examined) == first(synced)


def test_it_follows_no_redirect_so_that_the_key_goes_nowhere_else() -> None:
    with GleapEmulator(Project.generate(seed=4, tickets=40)) as other, GleapEmulator(other.project) as emulator:
        emulator.fault = lambda request: (
            Fault.status(307, headers={"Location": f"{other.url}/sessions"}) if request.stream == "sessions" else None
        )
        found = examine(emulator.config())
        assert other.requests == []
    assert found.findings["sessions", "list"] == ("refused: HTTP 307, a redirect, which is not followed", NOT_SAFE)
    assert found.exit_code == 1


def test_it_waits_as_long_as_a_429_asks_and_says_that_it_did() -> None:
    with GleapEmulator(Project.generate(seed=4, tickets=40)) as emulator:
        emulator.fault = {4: Fault.status(429, headers={"Retry-After": "17"})}
        found = examine(emulator.config())
    assert found.waits.longest == 17
    assert found.findings["all", "rate limit"][0].startswith("429 with `Retry-After` of 17 s")
    assert (found.exit_code, found.with_verdict(NOT_SAFE)) == (0, set())


def test_a_429_that_does_not_say_how_long_is_waited_for_a_minute() -> None:
    with GleapEmulator(Project.generate(seed=4, tickets=40), fault={4: Fault.status(429)}) as emulator:
        found = examine(emulator.config())
    assert found.waits.longest == 60
    assert found.findings["all", "rate limit"][0].startswith("429 without `Retry-After`")


def test_after_three_429s_it_leaves_the_project_alone() -> None:
    with GleapEmulator(Project.generate(seed=4, tickets=40)) as emulator:
        emulator.fault = lambda request: Fault.status(429) if request.number in (3, 5, 7) else None
        found = examine(emulator.config())
        assert len(emulator.requests) == 8
    assert "HTTP 429 had come 3 times" in found.printed
    assert found.exit_code == 0


def test_it_does_not_wait_longer_than_a_minute_for_what_a_429_asks() -> None:
    with GleapEmulator(Project.generate(seed=4, tickets=40)) as emulator:
        emulator.fault = {4: Fault.status(429, headers={"Retry-After": "3600"})}
        found = examine(emulator.config())
    assert found.waits.longest == 0
    assert "`Retry-After` of 3600 s" in found.findings["all", "rate limit"][0]


def test_without_a_429_it_says_that_none_was_seen_and_which_headers_were() -> None:
    limit = {"X-RateLimit-Remaining": "999", "X-Customer": "secret"}
    with GleapEmulator(Project.generate(seed=4, tickets=40)) as emulator:
        emulator.fault = {3: Fault.status(200, b"[]", limit)}
        found = examine(emulator.config())
    assert found.findings["all", "rate limit"] == ("no 429 came; headers seen: `x-ratelimit-remaining`", NOT_SEEN)


@pytest.mark.parametrize("fault", [Fault.hang(), Fault.drip(0)], ids=["hangs", "drips"])
def test_a_gleap_that_stops_answering_is_given_up_after_two_requests(fault: Fault) -> None:
    with (
        fake_clock(to=lambda number: number > 4) as sent,
        GleapEmulator(Project.generate(seed=4, tickets=40)) as emulator,
    ):
        emulator.fault = lambda request: fault if ENDLESS in request.headers else None
        found = examine(emulator.config())
    assert sum(map(len, sent.values())) == 6
    assert "2 requests in a row had failed" in found.printed
    assert found.exit_code == 0


def test_every_request_has_the_time_limits_of_the_connector_and_follows_no_redirect() -> None:
    with (
        patch.object(requests.Session, "send", autospec=True, side_effect=requests.Session.send) as send,
        GleapEmulator(Project.generate(seed=4, tickets=40)) as emulator,
    ):
        examine(emulator.config())
        assert send.call_count == len(emulator.requests) > 20
    assert {call.kwargs["timeout"] for call in send.call_args_list} == {(30, 120)}
    assert {call.kwargs["allow_redirects"] for call in send.call_args_list} == {False}
