"""`ticket_activity_logs`: the whole log of each ticket that changed, whatever its rows look like."""

import json
from typing import Any

import pytest

from integration_tests.gleap_emulator import Fault, GleapEmulator, Project, Request
from integration_tests.support.run_sync import SyncResult, run_sync

STREAM = "ticket_activity_logs"


def read_row(*rows: dict[str, Any], body: Any = None) -> list[dict[str, Any]]:
    """The records of one ticket whose log holds these rows."""
    project = Project.empty()
    project.add("tickets", id="t1")
    sent = json.dumps(list(rows) if body is None else body).encode()

    def fault(request: Request) -> Fault | None:
        return Fault.status(200, sent) if request.stream == STREAM else None

    with GleapEmulator(project, fault=fault) as emulator:
        done = run_sync(emulator.config(), [STREAM])
    assert done.errors == []
    return done.records[STREAM]


def test_row_names_its_ticket_and_is_kept_whole() -> None:
    row = {"id": "a", "type": "X", "createdAt": "2020-01-01T00:00:00.000Z", "user": {"id": "u"}, "new": [{"x": 1.50}]}
    (record,) = read_row(row)
    assert json.loads(record.pop("data")) == row | {"updatedAt": "2020-01-01T00:00:00.000Z"}
    assert record == {
        "id": "a",
        "ticket_id": "t1",
        "type": "X",
        "user": "u",
        "createdAt": "2020-01-01T00:00:00.000Z",
        "updatedAt": "2020-01-01T00:00:00.000Z",
    }


@pytest.mark.parametrize("name", ["date", "timestamp"])
def test_other_names_of_type_and_date_are_read(name: str) -> None:
    (record,) = read_row({"id": "a", "action": "CLOSED", name: "2026-01-02T03:04:05Z"})
    assert (record["type"], record["createdAt"], record["updatedAt"]) == (
        "CLOSED",
        "2026-01-02T03:04:05.000Z",
        "2026-01-02T03:04:05.000Z",
    )


def test_row_without_an_id_gets_the_same_id_wherever_it_stands() -> None:
    row, other = {"type": "X", "user": {"_id": "u", "lastSeen": 1}}, {"type": "Y"}
    first = read_row({**row, "index": 0}, {**other, "index": 1})
    second = read_row({**other, "index": 0}, {**row, "user": {"_id": "u", "lastSeen": 2}, "index": 1})
    assert len({record["id"] for record in first}) == 2
    assert {record["id"] for record in first} == {record["id"] for record in second}


@pytest.mark.parametrize("key", ["activities", "data", "history"])
def test_log_is_read_from_any_envelope(key: str) -> None:
    assert [record["id"] for record in read_row(body={key: [{"id": "a"}]})] == ["a"]


def test_second_sync_requests_only_changed_tickets_and_their_whole_log() -> None:
    project = Project.generate(seed=3, tickets=80)
    with GleapEmulator(project) as emulator:
        first = run_sync(emulator.config(), [STREAM])
        changed = project.change(4, seed=1)["updated"]
        before = len(emulator.requests)
        second = run_sync(emulator.config(), [STREAM], first.states)
        asked = {request.path.split("/")[2] for request in emulator.requests[before:] if request.stream == STREAM}
    assert set(changed) <= asked
    assert len(asked) <= 6
    logs = {key for key, row in project.expected_records[STREAM].items() if row["ticket_id"] in changed}
    assert logs <= ids(second)


def test_log_older_than_the_start_date_comes_with_a_changed_ticket() -> None:
    project = Project.empty()
    ticket = project.add("tickets")
    old = project.add(STREAM, "2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00.000Z", ticket_id=ticket)
    with GleapEmulator(project) as emulator:
        assert ids(run_sync(emulator.config(), [STREAM])) == {old}


@pytest.mark.parametrize("status", [404, 410])
def test_deleted_ticket_is_skipped(status: int) -> None:
    project = Project.generate(seed=3, tickets=12)
    gone = min(project.expected_records["tickets"])

    def fault(request: Request) -> Fault | None:
        return Fault.status(status) if request.path.startswith(f"/tickets/{gone}/") else None

    with GleapEmulator(project, fault=fault) as emulator:
        done = run_sync(emulator.config(), [STREAM])
    assert done.errors == []
    assert ids(done) == {key for key, row in project.expected_records[STREAM].items() if row["ticket_id"] != gone}


def ids(done: SyncResult) -> set[str]:
    return {record["id"] for record in done.records[STREAM]}
