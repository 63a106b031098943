"""The doctor sends few requests, to the project's host only, and gives up on a server that does not respond."""

from collections.abc import Mapping
from functools import partial
from itertools import product
from unittest.mock import patch

import pytest
import requests

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project
from integration_tests.support.run_doctor import NOT_SAFE, UNKNOWN, run_doctor
from integration_tests.support.run_sync import run_sync
from integration_tests.support.slow_cases import slow_except
from source_gleap.manifest import load_manifest, stream_names
from source_gleap.source import SourceGleap

BEHAVIORS = {
    "none": Behavior(),
    "capped": Behavior(page_cap=3),
    "unsorted": Behavior(honours_sort=False, natural_order="updated_desc", message_order="sorted"),
    "unfiltered": Behavior(date_filters="ignored"),
    "blind": Behavior(date_filters="blind"),
    "refusing": Behavior(refuses=frozenset({"bounds", "sort"})),
    "all shown": Behavior(hides_archived=False, sends_total=False),
    "shallow": Behavior(max_skip=100, date_filters="ignored"),
    "unpaged": Behavior(ignores_paging=True),
    "by ticket": Behavior(project_wide_messages=False),
    "without messages": Behavior(project_wide_messages="empty"),
    "small pages": Behavior(max_rows_before_504=20, too_large_status=413),
}


MODES = [("project", "list"), ("ticket", "detail")]
CASES = [(behavior, *modes) for behavior, modes in product(BEHAVIORS, MODES)]
KEPT = [(name, *MODES[name == "by ticket"]) for name in ("none", "unfiltered", "refusing", "shallow", "by ticket")]


@pytest.mark.parametrize(("behavior", "messages_mode", "tickets_mode"), slow_except(KEPT, CASES))
def test_doctor_sends_at_most_45_get_requests_and_prints_their_number(
    behavior: str, messages_mode: str, tickets_mode: str
) -> None:
    with GleapEmulator(Project.generate(seed=4, tickets=300), BEHAVIORS[behavior]) as emulator:
        result = run_doctor(emulator.config(messages_mode=messages_mode, tickets_mode=tickets_mode))
        sent = emulator.requests
    assert len(sent) <= 45
    assert {request.method for request in sent} == {"GET"}
    assert f" {len(sent)} requests to " in result.stdout.splitlines()[-1]
    assert "requests had been sent" not in result.stdout


def test_doctor_sends_no_request_twice() -> None:
    with GleapEmulator(Project.generate(seed=4, tickets=300)) as emulator:
        run_doctor(emulator.config())
        lines = [request.line for request in emulator.requests]
    assert len(set(lines)) == len(lines) > 25


def test_doctor_stops_at_its_limit_and_calls_the_rest_unknown() -> None:
    with (
        patch("source_gleap.doctor.client.MAX_REQUESTS", 20),
        GleapEmulator(Project.generate(seed=4, tickets=300)) as emulator,
    ):
        result = run_doctor(emulator.config())
        assert len(emulator.requests) == 20
    assert ("survey_responses", "list") in result.with_verdict(UNKNOWN)
    assert "20 requests had been sent" in result.stdout
    assert ": Gleap did not respond. Run the doctor again later." in result.stdout
    assert (result.exit_code, result.with_verdict(NOT_SAFE)) == (0, set())


def test_first_requests_are_those_of_a_sync_except_for_dates() -> None:
    def first_queries(emulator: GleapEmulator) -> Mapping[str, Mapping[str, str]]:
        queries: dict[str, dict[str, str]] = {}
        for request in emulator.requests:
            if request.stream:
                queries.setdefault(request.stream, {k: v for k, v in request.params.items() if k[-1] not in "<>"})
        return queries

    project = Project.generate(seed=4, tickets=40)
    with GleapEmulator(project) as synced, GleapEmulator(project) as asked:
        run_sync(synced.config())
        run_doctor(asked.config())
        assert first_queries(asked) == first_queries(synced)
        assert set(first_queries(asked)) == set(stream_names())


def test_dates_have_raw_colons_except_in_one_request() -> None:
    with GleapEmulator(Project.generate(seed=4, tickets=300)) as emulator:
        run_doctor(emulator.config())
        dated = [request.line for request in emulator.requests if b"updatedAt%3E=" in request.line]
    assert len(dated) > 4
    assert len([line for line in dated if b"%3A" in line]) == 1


def test_doctor_follows_no_redirect_so_the_key_stays_with_the_host() -> None:
    with GleapEmulator(Project.generate(seed=4, tickets=40)) as other, GleapEmulator(other.project) as emulator:
        emulator.fault = lambda request: (
            Fault.status(307, headers={"Location": f"{other.url}/sessions"}) if request.stream == "sessions" else None
        )
        result = run_doctor(emulator.config())
        assert other.requests == []
    assert result.results["sessions", "list"] == ("refused: HTTP 307, a redirect, which is not followed", NOT_SAFE)
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("headers", "observed", "verdict"),
    [
        ({"X-RateLimit-Limit": "1000", "X-Customer": "secret"}, "`x-ratelimit-limit: 1000`", "safe"),
        ({"RateLimit-Policy": "100;w=60"}, "`ratelimit-policy`", "safe"),
        ({"X-Customer": "secret"}, "none came", "safe"),
    ],
)
def test_rate_limit_headers_are_printed(headers: Mapping[str, str], observed: str, verdict: str) -> None:
    with GleapEmulator(Project.generate(seed=4, tickets=40)) as emulator:
        emulator.fault = {3: Fault.status(200, b"[]", headers)}
        assert run_doctor(emulator.config()).results["all", "rate limit headers"] == (observed, verdict)


@pytest.mark.parametrize(
    "fault", [Fault.status(429, headers={"Retry-After": "17"}), Fault.status(503), Fault.reset()], ids=lambda f: f.kind
)
def test_doctor_stops_after_two_failures_in_a_row(fault: Fault) -> None:
    with GleapEmulator(Project.generate(seed=4, tickets=40)) as emulator:
        emulator.fault = lambda request: fault if request.number > 4 else None
        result = run_doctor(emulator.config())
        assert len(emulator.requests) == 6
    assert "2 requests in a row had failed" in result.stdout
    assert "Run the doctor again later." in result.stdout
    assert result.exit_code == 0


@pytest.mark.parametrize("fault", [Fault.hang(), Fault.drip(0.05)], ids=["hangs", "drips"])
def test_doctor_gives_up_by_the_time_outs_of_the_manifest(fault: Fault) -> None:
    manifest = load_manifest()
    manifest["definitions"]["requester"]["read_timeout_in_seconds"] = 0.2
    manifest["definitions"]["response_reader"]["seconds"] = 0.2
    with (
        patch("source_gleap.doctor.runner.SourceGleap", partial(SourceGleap, manifest=manifest)),
        GleapEmulator(Project.generate(seed=4, tickets=40)) as emulator,
    ):
        emulator.fault = lambda request: fault if request.number > 4 else None
        result = run_doctor(emulator.config())
        assert len(emulator.requests) == 6
    assert "2 requests in a row had failed" in result.stdout


def test_single_failure_leaves_one_check_unknown() -> None:
    with GleapEmulator(Project.generate(seed=4, tickets=40), fault={4: Fault.status(503)}) as emulator:
        result = run_doctor(emulator.config())
    assert [key for key, (observed, _) in result.results.items() if observed == "HTTP 503"] != []
    assert (result.exit_code, result.with_verdict(NOT_SAFE)) == (0, set())


def test_every_request_has_the_time_outs_of_the_connector() -> None:
    with (
        patch.object(requests.Session, "send", autospec=True, side_effect=requests.Session.send) as send,
        GleapEmulator(Project.generate(seed=4, tickets=40)) as emulator,
    ):
        run_doctor(emulator.config())
        assert send.call_count == len(emulator.requests) > 20
    assert {call.kwargs["timeout"] for call in send.call_args_list} == {(30, 120)}
    assert {call.kwargs["allow_redirects"] for call in send.call_args_list} == {False}
