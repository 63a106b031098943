"""What is sent: the query syntax that Gleap documents, and nothing that it would take for an unknown field."""

import re
from collections import Counter
from urllib.parse import parse_qsl, unquote

import pytest

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project, Request
from integration_tests.support.run_sync import STREAMS, run_sync
from integration_tests.support.streams import PAGED

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="module")
def requests() -> list[Request]:
    with GleapEmulator(Project.generate(seed=5, tickets=300), Behavior(page_cap=20)) as emulator:
        run_sync(emulator.config())
        return list(emulator.requests)


def names(request: Request) -> set[str]:
    return {name for name, _ in parse_qsl(request.query, keep_blank_values=True)}


def test_every_request_sends_both_headers(requests: list[Request]) -> None:
    # The emulator refuses a request that lacks either.
    assert {request.status for request in requests} == {200}


@pytest.mark.parametrize(
    ("stream", "sent"),
    [
        ("tickets", {"updatedAt>", "updatedAt<", "sort", "limit", "skip", "archived", "ignoreArchived"}),
        ("sessions", {"updatedAt>", "updatedAt<", "sort", "limit", "skip"}),
        ("messages", {"updatedAt>", "updatedAt<", "sort", "limit", "skip"}),
        ("teams", set()),
        ("surveys", set()),
        ("survey_responses", {"sort", "limit", "skip"}),
    ],
)
def test_request_sends_only_known_parameters(requests: list[Request], stream: str, sent: set[str]) -> None:
    found = [names(request) for request in requests if request.stream == stream]
    assert found
    assert all(seen == sent for seen in found)


def test_date_bounds_are_utc_with_milliseconds_and_operator_in_the_name(requests: list[Request]) -> None:
    bounds = [
        (name, value)
        for request in requests
        for name, value in parse_qsl(request.query)
        if name.startswith("updatedAt")
    ]
    assert all(DATE.fullmatch(value) for _, value in bounds)
    raw = next(request.query for request in requests if request.stream == "tickets")
    assert "updatedAt>=" in unquote(raw)
    assert "updatedAt<=" in unquote(raw)


def test_no_parameter_is_sent_twice(requests: list[Request]) -> None:
    for request in requests:
        sent = [name for name, _ in parse_qsl(request.query)]
        assert len(sent) == len(set(sent))


def test_ticket_requests_send_the_two_flag_pairs_of_gleaps_dashboard(requests: list[Request]) -> None:
    sent = {
        (request.params["ignoreArchived"], request.params["archived"])
        for request in requests
        if request.stream == "tickets"
    }
    assert sent == {("true", "false"), ("true", "true")}


def test_unchanged_incremental_sync_needs_at_most_24_requests_and_those_of_each_parent() -> None:
    project = Project.generate(seed=5, tickets=300)
    with GleapEmulator(project) as emulator:
        first = run_sync(emulator.config(lookback_window=0))
        before = len(emulator.requests)
        run_sync(emulator.config(lookback_window=0), state=first.states)
        made = Counter(request.stream for request in emulator.requests[before:])
    held = project.expected_records
    newest = max(ticket["updatedAt"] for ticket in held["tickets"].values())
    assert made.pop("survey_responses") <= 2 * len(held["surveys"])
    assert made.pop("help_center_articles") <= len(held["help_center_collections"])
    assert made.pop("ticket_activity_logs") == sum(ticket["updatedAt"] == newest for ticket in held["tickets"].values())
    assert sum(made.values()) <= 24


def test_lists_without_paging_are_requested_without_a_query() -> None:
    with GleapEmulator(Project.generate(seed=5, tickets=30)) as emulator:
        run_sync(emulator.config(tickets_mode="detail"))
        unpaged = [
            request
            for request in emulator.requests
            if request.stream not in PAGED or request.path.startswith("/tickets/")
        ]
    assert {request.stream for request in unpaged} == {*STREAMS} - {*PAGED} | {"tickets"}
    assert [request.line for request in unpaged if b"?" in request.line] == []
