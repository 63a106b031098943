"""An empty list is only believed when the date filter has been seen to work in the sync."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from airbyte_cdk.models import FailureType

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project, Request
from integration_tests.support.run_sync import STREAMS, SyncResult, run_sync
from integration_tests.support.streams import WINDOWED

BLIND = Behavior(date_filters="blind")


def ids(done: SyncResult, stream: str) -> list[str]:
    return sorted(record["id"] for record in done.records[stream])


def of(requests: list[Request], stream: str) -> list[Request]:
    return [request for request in requests if request.stream == stream]


@pytest.mark.parametrize("stream", WINDOWED)
@pytest.mark.parametrize("workers", [1, 4])
def test_stream_is_complete_where_filter_is_taken_for_a_field_name(stream: str, workers: int) -> None:
    project = Project.generate(seed=3, tickets=60)
    with GleapEmulator(project, {stream: BLIND}) as emulator:
        done = run_sync(emulator.config(num_workers=workers), [stream])
    assert done.errors == []
    assert ids(done, stream) == sorted(project.expected_records[stream])
    assert sum("finds no row by its date" in line for line in done.log) == 1


@pytest.mark.parametrize("stream", WINDOWED)
def test_state_after_a_blind_filter_is_the_newest_cursor(stream: str) -> None:
    project = Project.generate(seed=3, tickets=60)
    with GleapEmulator(project, {stream: BLIND}) as emulator:
        first = run_sync(emulator.config(), [stream])
        changed = project.insert(stream)
        second = run_sync(emulator.config(), [stream], first.states)
    newest = max(record["updatedAt"] for record in first.records[stream])
    assert first.state(stream)["updatedAt"] == newest
    assert changed in ids(second, stream)
    assert len(second.records[stream]) < len(first.records[stream])


def test_rows_before_start_date_are_dropped_where_filter_is_blind() -> None:
    project, now = Project.empty(), datetime.now(timezone.utc)
    project.add("sessions", now - timedelta(days=90), now - timedelta(days=90))
    recent = project.add("sessions", now - timedelta(days=9), now - timedelta(days=9))
    with GleapEmulator(project, BLIND) as emulator:
        done = run_sync(emulator.config(start_date=f"{now - timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"), ["sessions"])
    assert ids(done, "sessions") == [recent]


def test_archived_tickets_alone_are_found_where_filter_is_blind() -> None:
    project = Project.empty()
    archived = project.add("tickets", archived=True)
    with GleapEmulator(project, BLIND) as emulator:
        done = run_sync(emulator.config(), ["tickets"])
    assert ids(done, "tickets") == [archived]


@pytest.mark.parametrize("stream", WINDOWED)
def test_filter_is_not_verified_where_any_window_has_rows(stream: str) -> None:
    project = Project.empty()
    project.add(stream)
    with GleapEmulator(project) as emulator:
        run_sync(emulator.config(start_date="2024-01-01T00:00:00Z"), [stream])
        made = of(emulator.requests, stream)
    assert all(request.params["limit"] == "1000" for request in made)


@pytest.mark.parametrize("stream", WINDOWED)
def test_empty_list_costs_at_most_two_extra_requests(stream: str) -> None:
    with GleapEmulator(Project.empty()) as emulator:
        done = run_sync(emulator.config(start_date="2024-01-01T00:00:00Z"), [stream])
        made = emulator.requests
    assert done.errors == []
    assert 1 <= sum(request.params["limit"] != "1000" for request in made) <= 2
    assert not any("Gleap" in line for line in done.log)


@pytest.mark.parametrize("stream", WINDOWED)
def test_list_without_rows_since_start_date_costs_two_requests_and_no_warning(stream: str) -> None:
    project, now = Project.empty(), datetime.now(timezone.utc)
    project.add(stream, now - timedelta(days=90), now - timedelta(days=90))
    with GleapEmulator(project) as emulator:
        done = run_sync(emulator.config(start_date=f"{now - timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"), [stream])
        probes = [request for request in emulator.requests if request.params["limit"] == "1"]
    assert (done.errors, done.records[stream]) == ([], [])
    assert len(probes) == 2
    assert not any("Gleap" in line for line in done.log)


def test_state_does_not_move_past_windows_that_only_look_empty() -> None:
    project = Project.generate(seed=3, tickets=60)

    def stop(project: Project, request: Request) -> None:
        if request.params.get("limit") == "1":
            emulator.api_key = "replaced"

    with GleapEmulator(project, BLIND, before_request=stop) as emulator:
        config = emulator.config()
        broken = run_sync(config, ["sessions"])
        emulator.before_request, emulator.api_key = None, config["api_key"]
        resumed = run_sync(config, ["sessions"], broken.states)
    assert broken.errors
    assert ids(resumed, "sessions") == sorted(project.expected_records["sessions"])


def test_empty_project_wide_messages_fail_where_a_ticket_has_some() -> None:
    project = Project.generate(seed=3, tickets=60)
    with GleapEmulator(project, Behavior(project_wide_messages="empty")) as emulator:
        done = run_sync(emulator.config(), ["messages"])
    error = done.output.errors[0].trace.error  # type: ignore[union-attr]
    assert error
    assert error.failure_type == FailureType.config_error
    assert "(messages_mode) to 'ticket'" in str(error.message)


def test_project_without_messages_emits_none() -> None:
    project = Project.empty()
    project.add("tickets")
    with GleapEmulator(project, Behavior(project_wide_messages="empty")) as emulator:
        done = run_sync(emulator.config(), ["messages"])
    assert (done.errors, done.records["messages"]) == ([], [])


def test_first_message_that_arrives_during_the_sync_is_no_error() -> None:
    project = Project.empty()
    project.insert("tickets")

    def change(project: Project, request: Request) -> None:
        if request.stream == "tickets":
            emulator.before_request = None
            project.insert("messages")

    with GleapEmulator(project, before_request=change) as emulator:
        first = run_sync(emulator.config(), ["messages"])
        second = run_sync(emulator.config(), ["messages"], first.states)
    assert (first.errors, second.errors) == ([], [])
    assert set(project.expected_records["messages"]) <= {*ids(first, "messages"), *ids(second, "messages")}


@pytest.mark.parametrize("filters", ["honoured", "ignored", "blind"])
def test_messages_that_are_listed_late_are_read_in_the_same_sync(filters: Any) -> None:
    project, moment = Project.empty(), datetime.now(timezone.utc) - timedelta(hours=1)
    ticket = project.add("tickets")

    def change(project: Project, request: Request) -> None:
        if request.stream == "tickets":
            emulator.before_request = None
            project.add("messages", moment, moment, ticket=ticket)

    with GleapEmulator(project, Behavior(date_filters=filters), before_request=change) as emulator:
        done = run_sync(emulator.config(), ["messages"])
    assert done.errors == []
    assert ids(done, "messages") == sorted(project.expected_records["messages"])


def test_message_of_ticket_without_latest_comment_fails_the_stream() -> None:
    project = Project.empty()
    project.add("messages", ticket=project.add("tickets"))
    with GleapEmulator(project, Behavior(project_wide_messages="empty")) as emulator:
        done = run_sync(emulator.config(), ["messages"])
    assert "messages_mode" in done.errors[0]


def test_tickets_are_found_for_messages_where_filter_is_blind() -> None:
    project = Project.generate(seed=3, tickets=40)
    with GleapEmulator(project, {"tickets": BLIND}) as emulator:
        done = run_sync(emulator.config(messages_mode="ticket"), ["messages"])
    assert ids(done, "messages") == sorted(project.expected_records["messages"])


def survey_project(responses: int, days: int = 40) -> Project:
    project, now = Project.empty(), datetime.now(timezone.utc)
    surveys = [project.add("surveys", now, now) for _ in range(4)]
    for number in range(responses):
        moment = now - timedelta(days=1 + days * number / responses)
        project.add("survey_responses", moment, moment, survey_id=surveys[number % 3])
    return project


def test_unchanged_sync_of_20000_responses_reads_fewer_than_100_rows() -> None:
    project = survey_project(20_000)
    with GleapEmulator(project) as emulator:
        first = run_sync(emulator.config(), ["survey_responses"])
        before = len(emulator.requests)
        second = run_sync(emulator.config(), ["survey_responses"], first.states)
        made = emulator.requests[before:]
    assert len(first.records["survey_responses"]) == 20_000
    assert len(second.records["survey_responses"]) < 100
    assert sum(request.rows for request in made if request.stream == "survey_responses") < 100
    assert len(made) <= 12


@pytest.mark.parametrize("filters", ["honoured", "ignored", "blind"])
def test_new_responses_are_read_with_every_date_filter_behavior(filters: str) -> None:
    project = survey_project(30)
    behavior = {"survey_responses": Behavior(date_filters=filters)}  # type: ignore[arg-type]
    with GleapEmulator(project, behavior) as emulator:
        first = run_sync(emulator.config(), ["survey_responses"])
        fresh = {project.insert("survey_responses") for _ in range(5)}
        project.update("survey_responses", ids(first, "survey_responses")[0])
        second = run_sync(emulator.config(), ["survey_responses"], first.states)
    assert fresh | {ids(first, "survey_responses")[0]} <= set(ids(second, "survey_responses"))


def test_surveys_are_requested_once_in_a_sync() -> None:
    project = Project.generate(seed=3, tickets=60)
    with GleapEmulator(project) as emulator:
        done = run_sync(emulator.config(), STREAMS)
        again = run_sync(emulator.config(), STREAMS, done.states)
        made = [request.path for request in emulator.requests]
    assert made.count("/engagement/surveys") == 2
    assert ids(done, "surveys") == sorted(project.expected_records["surveys"])
    assert len(again.records["surveys"]) < len(done.records["surveys"])
