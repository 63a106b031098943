"""`messages_mode: ticket`: which messages it sees, and what it goes on from."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from airbyte_cdk.models import SyncMode

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.run_sync import run_sync

REFUSING = Behavior(project_wide_messages=False)


def project_with_messages(tickets: int, each: int) -> Project:
    project, start = Project.empty(), datetime.now(timezone.utc) - timedelta(days=20)
    for number in range(tickets):
        ticket = project.add("tickets", start, start + timedelta(hours=number))
        for index in range(each):
            moment = start + timedelta(hours=number, minutes=index)
            project.add("messages", moment, moment, ticket=ticket)
    return project


@pytest.mark.parametrize("mode", [SyncMode.full_refresh, SyncMode.incremental])
@pytest.mark.parametrize("each", [0, 1, 25])
def test_every_message_of_every_ticket_is_read_once(mode: SyncMode, each: int) -> None:
    project = project_with_messages(tickets=8, each=each)
    with GleapEmulator(project, REFUSING) as emulator:
        done = run_sync(emulator.config(messages_mode="ticket"), ["messages"], mode=mode, page_size=10)
    assert done.errors == []
    assert sorted(record["id"] for record in done.records["messages"]) == sorted(project.expected_records["messages"])


def test_state_size_does_not_grow_with_the_number_of_tickets() -> None:
    sizes = []
    for tickets in (5, 50):
        with GleapEmulator(project_with_messages(tickets, each=1), REFUSING) as emulator:
            done = run_sync(emulator.config(messages_mode="ticket"), ["messages"])
            sizes.append(len(json.dumps(done.state("messages"))))
    assert sizes[0] == sizes[1]


def test_second_sync_requests_only_changed_tickets_and_reads_new_messages() -> None:
    project = project_with_messages(tickets=8, each=2)
    with GleapEmulator(project, REFUSING) as emulator:
        config = emulator.config(messages_mode="ticket")
        first = run_sync(config, ["messages"])
        ticket = min(project.expected_records["tickets"])
        added = project.add("messages", ticket=ticket)
        project.update("tickets", ticket)
        before = len(emulator.requests)
        second = run_sync(config, ["messages"], first.states)
        asked = {request.params["ticket"] for request in emulator.requests[before:] if request.stream == "messages"}
    assert added in {record["id"] for record in second.records["messages"]}
    assert ticket in asked
    assert len(asked) <= 3  # the lookback may bring the tickets that were changed last


def test_message_that_leaves_its_ticket_unchanged_needs_a_full_refresh() -> None:
    project = project_with_messages(tickets=8, each=2)
    with GleapEmulator(project, REFUSING) as emulator:
        config = emulator.config(messages_mode="ticket")
        first = run_sync(config, ["messages"])
        added = project.add("messages", ticket=min(project.expected_records["tickets"]))
        incremental = run_sync(config, ["messages"], first.states)
        refreshed = run_sync(config, ["messages"], mode=SyncMode.full_refresh)
    assert added not in {record["id"] for record in incremental.records["messages"]}
    assert added in {record["id"] for record in refreshed.records["messages"]}


@pytest.mark.parametrize(("first_mode", "then"), [("project", "ticket"), ("ticket", "project")])
def test_change_of_messages_mode_between_syncs_loses_no_message(first_mode: str, then: str) -> None:
    project = project_with_messages(tickets=8, each=2)
    with GleapEmulator(project) as emulator:
        first = run_sync(emulator.config(messages_mode=first_mode), ["messages"])
        ticket = min(project.expected_records["tickets"])
        added = project.add("messages", ticket=ticket)
        project.update("tickets", ticket)
        second = run_sync(emulator.config(messages_mode=then), ["messages"], first.states)
    assert second.errors == []
    assert added in {record["id"] for record in second.records["messages"]}


def test_refused_project_wide_list_error_names_messages_mode() -> None:
    with GleapEmulator(project_with_messages(2, 1), REFUSING) as emulator:
        done = run_sync(emulator.config(), ["messages"])
    assert any("messages_mode" in message and "ticket" in message for message in done.errors)
