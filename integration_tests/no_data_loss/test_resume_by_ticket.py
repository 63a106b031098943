"""A first load with a request for each ticket can be cut off at any moment, and goes on at the last state."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteStateMessage, Type

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.run_sync import SyncResult, run_sync
from integration_tests.support.slow_cases import slow_except
from integration_tests.support.streams import BY_TICKET

TICKETS, PART = 350, 100
CASES = [("tickets", {"tickets_mode": "detail"}), ("messages", {"messages_mode": "ticket"}), (BY_TICKET[0], {})]

# Rows out of order on small pages, and a list without a date filter: neither keeps the state from moving.
BEHAVIORS = [Behavior(), Behavior(honours_sort=False, page_cap=40), Behavior(date_filters="blind")]

Checkpoint = tuple[list[dict[str, Any]], AirbyteStateMessage]


@pytest.fixture
def project() -> Project:
    """A project whose tickets all changed within one window, in another order than they were made in."""
    project = Project.generate(seed=3, tickets=TICKETS)
    start = datetime.now(timezone.utc) - timedelta(days=5)
    for number, ticket in enumerate(reversed(list(project.expected_records["tickets"]))):
        changed = start + timedelta(seconds=number)
        project.update("tickets", ticket, updatedAt=changed.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    return project


def checkpoints(done: SyncResult) -> list[Checkpoint]:
    """What a destination keeps of a read that is cut off after each of its states: the records before it, and it."""
    found: list[Checkpoint] = []
    records: list[dict[str, Any]] = []
    for message in done.output.records_and_state_messages:
        if message.type == Type.RECORD and message.record:
            records.append(dict(message.record.data))
        elif message.state:
            found.append((list(records), message.state))
    return found


def asked_tickets(emulator: GleapEmulator, stream: str, since: int) -> set[str]:
    """The tickets that were asked for one by one."""
    requests = emulator.requests[since:]
    if stream == "messages":
        return {request.params["ticket"] for request in requests if "ticket" in request.params}
    return {request.path.split("/")[2] for request in requests if request.path.startswith("/tickets/")}


@pytest.mark.parametrize(("stream", "settings"), slow_except([CASES[2]], CASES))
@pytest.mark.parametrize("behavior", slow_except([BEHAVIORS[0]], BEHAVIORS))
def test_first_load_goes_on_at_the_last_state(
    project: Project, stream: str, settings: dict[str, str], behavior: Behavior
) -> None:
    tickets = project.expected_records["tickets"]
    with GleapEmulator(project, behavior) as emulator:
        config = emulator.config(lookback_window=0, **settings)
        saved = checkpoints(run_sync(config, [stream]))
        moves = [state.stream.stream_state.parent_state["tickets"]["updatedAt"] for _, state in saved]  # type: ignore
        assert len(set(moves)) > TICKETS // PART
        for moved_to, (kept, state) in list(zip(moves, saved, strict=True))[1:-1:2]:
            before = len(emulator.requests)
            rest = run_sync(config, [stream], [state])
            assert rest.errors == []
            assert {record["id"] for record in kept + rest.records[stream]} == set(project.expected_records[stream])
            assert asked_tickets(emulator, stream, before) == {
                key for key, ticket in tickets.items() if ticket["updatedAt"] >= moved_to
            }


def test_state_stays_before_a_window_that_fails_and_the_tickets_of_others_are_read() -> None:
    project = Project.generate(seed=3, tickets=60)
    first_window: list[str] = []

    def refuse_first_window(request: Request) -> Fault | None:
        window = [request.params.get("updatedAt>", ""), request.params.get("updatedAt<", "")]
        first_window[:] = first_window or window
        return Fault.status(418) if window == first_window else None

    with GleapEmulator(project, fault=refuse_first_window) as emulator:
        config = emulator.config(lookback_window=0)
        failed = run_sync(config, [BY_TICKET[0]])
        asked = asked_tickets(emulator, BY_TICKET[0], 0)
        emulator.fault = None
        rest = run_sync(config, [BY_TICKET[0]], failed.states)
    assert "HTTP 418" in failed.errors[0]
    assert failed.state(BY_TICKET[0])["parent_state"]["tickets"]["updatedAt"] == first_window[0]
    others = {k for k, ticket in project.expected_records["tickets"].items() if ticket["updatedAt"] > first_window[1]}
    assert asked <= others
    assert len(others - asked) <= 2  # the CDK reads ahead, and meets the error
    assert {record["id"] for record in rest.records[BY_TICKET[0]]} == set(project.expected_records[BY_TICKET[0]])
