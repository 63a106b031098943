"""`tickets_mode: detail`: every ticket's own record, found through the list, from the same state."""

import pytest

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.destination import differences
from integration_tests.support.run_sync import SyncResult, run_sync

DETAILS = {"sentiment", "conversationRating", "firstAssignmentAt"}


def ids(done: SyncResult) -> list[str]:
    return sorted(record["id"] for record in done.records["tickets"])


def test_detail_fills_the_fields_that_the_list_lacks() -> None:
    project = Project.generate(seed=3, tickets=80)
    with GleapEmulator(project) as emulator:
        listed = run_sync(emulator.config(), ["tickets"])
        detailed = run_sync(emulator.config(tickets_mode="detail"), ["tickets"])
    assert not DETAILS & {name for record in listed.records["tickets"] for name in record}
    assert ids(detailed) == ids(listed) == sorted(project.expected_records["tickets"])
    for record in detailed.records["tickets"]:
        assert differences(project.expected_records["tickets"][record["id"]], record) == {}
    assert {name for record in detailed.records["tickets"] for name in record} >= DETAILS


@pytest.mark.parametrize(("first_mode", "then"), [("list", "detail"), ("detail", "list"), ("detail", "detail")])
def test_change_of_tickets_mode_goes_on_from_the_state(first_mode: str, then: str) -> None:
    project = Project.generate(seed=3, tickets=80)
    with GleapEmulator(project) as emulator:
        first = run_sync(emulator.config(tickets_mode=first_mode), ["tickets"])
        changed = project.change(5, seed=1)
        before = len(emulator.requests)
        second = run_sync(emulator.config(tickets_mode=then), ["tickets"], first.states)
        asked = len(emulator.requests) - before
    assert second.errors == []
    assert set(ids(second)) >= {*changed["updated"], *changed["inserted"]}
    assert len(ids(second)) <= 9  # the lookback may bring the tickets that were changed last
    assert asked <= 2 + (len(ids(second)) if then == "detail" else 0)


@pytest.mark.parametrize("status", [404, 410])
def test_ticket_that_is_gone_is_skipped(status: int) -> None:
    project = Project.generate(seed=3, tickets=12)
    gone = min(project.expected_records["tickets"])

    def fault(request: Request) -> Fault | None:
        return Fault.status(status) if request.path == f"/tickets/{gone}" else None

    with GleapEmulator(project, fault=fault) as emulator:
        done = run_sync(emulator.config(tickets_mode="detail"), ["tickets"])
    assert done.errors == []
    assert ids(done) == sorted({*project.expected_records["tickets"]} - {gone})


def test_ticket_that_is_refused_fails_the_stream_and_comes_again() -> None:
    project = Project.generate(seed=3, tickets=12)
    refused = min(project.expected_records["tickets"])

    def fault(request: Request) -> Fault | None:
        return Fault.status(403) if request.path == f"/tickets/{refused}" else None

    with GleapEmulator(project, fault=fault) as emulator:
        first = run_sync(emulator.config(tickets_mode="detail"), ["tickets"])
        emulator.fault = None
        second = run_sync(emulator.config(tickets_mode="detail"), ["tickets"], first.states)
    assert "tickets" in first.errors[0]
    assert f"This concerns 1 of 12 requested: ticket {refused}." in first.errors[0]
    assert ids(first) == sorted({*project.expected_records["tickets"]} - {refused})
    assert refused in ids(second)


def test_response_that_is_no_ticket_fails_the_stream() -> None:
    def fault(request: Request) -> Fault | None:
        return Fault.status(200, b'{"tickets": []}') if request.path.startswith("/tickets/") else None

    with GleapEmulator(Project.generate(seed=3, tickets=3), fault=fault) as emulator:
        done = run_sync(emulator.config(tickets_mode="detail"), ["tickets"])
    assert "holds no single record, but an object with the keys ['tickets']" in done.errors[0]
    assert done.records["tickets"] == []


def test_empty_project_wide_messages_are_doubted_in_detail_mode_too() -> None:
    with GleapEmulator(Project.generate(seed=3, tickets=12), Behavior(project_wide_messages="empty")) as emulator:
        done = run_sync(emulator.config(tickets_mode="detail"), ["messages"])
    assert "messages_mode" in done.errors[0]
