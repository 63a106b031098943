"""A read of all streams emits what the project holds: every record once, every field of its declared type."""

import json
from collections.abc import Iterator

import pytest
from airbyte_cdk.models import SyncMode
from jsonschema import Draft7Validator

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.destination import differences
from integration_tests.support.run_sync import STREAMS, SyncResult, run_sync
from integration_tests.support.slow_cases import slow_except
from integration_tests.support.streams import PARTITIONED, WINDOWED
from source_gleap import SourceGleap


@pytest.fixture(scope="module", params=slow_except([300], [300, 1500]), ids="{} tickets".format)
def project(request: pytest.FixtureRequest) -> Project:
    return Project.generate(seed=7, tickets=request.param, malformed=True)


@pytest.fixture(scope="module", params=slow_except([SyncMode.incremental], SyncMode), ids=lambda mode: mode.value)
def whole(project: Project, request: pytest.FixtureRequest) -> Iterator[tuple[Project, SyncResult, list[str]]]:
    with GleapEmulator(project, Behavior(lean_ticket_rows=False)) as emulator:
        done = run_sync(emulator.config(), mode=request.param)
        yield project, done, [seen.path for seen in emulator.requests]


def test_read_emits_each_id_of_the_project_once(whole: tuple[Project, SyncResult, list[str]]) -> None:
    project, done, _ = whole
    for stream in STREAMS:
        assert sorted(record["id"] for record in done.records[stream]) == sorted(project.expected_records[stream])


def test_every_field_of_every_record_equals_the_project(whole: tuple[Project, SyncResult, list[str]]) -> None:
    project, done, _ = whole
    wrong = {
        f"{stream} {record['id']}": found
        for stream in STREAMS
        for record in done.records[stream]
        if (found := differences(project.expected_records[stream][record["id"]], record))
    }
    assert wrong == {}


def test_every_record_is_valid_against_the_discovered_schema(whole: tuple[Project, SyncResult, list[str]]) -> None:
    _, done, _ = whole
    catalog = SourceGleap().discover(None, GleapEmulator(Project.empty()).config())  # type: ignore[arg-type]
    for stream in catalog.streams:
        validator = Draft7Validator(stream.json_schema)
        assert done.records[stream.name]
        for record in done.records[stream.name]:
            validator.validate(record)


def test_tickets_include_archived_and_spam_tickets(whole: tuple[Project, SyncResult, list[str]]) -> None:
    _, done, _ = whole
    tickets = done.records["tickets"]
    assert sum(bool(ticket.get("archived")) for ticket in tickets) > len(tickets) / 15
    assert sum(bool(ticket.get("isSpam")) for ticket in tickets) > len(tickets) / 75
    assert sum(not ticket.get("archived") for ticket in tickets) > len(tickets) / 1.5


def test_read_shows_no_error_and_stays_below_150_requests(whole: tuple[Project, SyncResult, list[str]]) -> None:
    _, done, paths = whole
    assert done.errors == []
    assert sum(not path.endswith("/activity-logs") for path in paths) < 150


def test_every_state_is_the_largest_cursor_value(whole: tuple[Project, SyncResult, list[str]]) -> None:
    _, done, _ = whole
    for stream in STREAMS:
        newest = max(record["updatedAt"] for record in done.records[stream])
        if stream not in PARTITIONED:
            assert done.state(stream)["updatedAt"] == newest
    per_survey = {
        partition["partition"]["survey_id"]: partition["cursor"]["updatedAt"]
        for partition in done.state("survey_responses")["states"]
    }
    for survey, cursor in per_survey.items():
        seen = [record["updatedAt"] for record in done.records["survey_responses"] if record["survey_id"] == survey]
        if seen:
            assert cursor == max(seen)


def test_responses_of_surveys_older_than_the_start_date_are_read() -> None:
    project = Project.generate(seed=3, tickets=300)
    with GleapEmulator(project) as emulator:
        config = emulator.config()
        old = {
            survey
            for survey, record in project.expected_records["surveys"].items()
            if record["updatedAt"] < config["start_date"]
        }
        done = run_sync(config, ["survey_responses"])
    held = {key for key, record in project.expected_records["survey_responses"].items() if record["survey_id"] in old}
    assert held
    assert held <= {record["id"] for record in done.records["survey_responses"]}


def test_start_date_limits_all_streams_but_full_lists() -> None:
    project = Project.generate(seed=3, tickets=300)
    start = sorted(record["updatedAt"] for record in project.expected_records["tickets"].values())[150][:19] + "Z"
    with GleapEmulator(project) as emulator:
        done = run_sync(emulator.config(start_date=start))
    changed = {record["id"] for record in done.records["tickets"]}
    for stream in STREAMS:
        expected_records = project.expected_records[stream]
        is_whole = stream not in (*WINDOWED, "survey_responses")
        expected = {
            key
            for key, record in expected_records.items()
            if is_whole or record["updatedAt"] >= start[:19] + ".000Z"
            if stream != "ticket_activity_logs" or record["ticket_id"] in changed
        }
        assert {record["id"] for record in done.records[stream]} == expected


@pytest.mark.parametrize("envelope", ["surveys", "items", "data"])
def test_surveys_and_responses_are_read_from_any_envelope(envelope: str) -> None:
    project = Project.generate(seed=3, tickets=100)
    behavior = Behavior(survey_envelope=envelope, response_envelope=envelope)
    with GleapEmulator(project, behavior) as emulator:
        done = run_sync(emulator.config(), ["surveys", "survey_responses"])
    for stream in ("surveys", "survey_responses"):
        assert {record["id"] for record in done.records[stream]} == set(project.expected_records[stream])


def test_messages_are_read_by_ticket_where_project_wide_list_is_refused() -> None:
    project = Project.generate(seed=3, tickets=40)
    with GleapEmulator(project, Behavior(project_wide_messages=False)) as emulator:
        done = run_sync(emulator.config(messages_mode="ticket"), ["messages"])
    assert done.errors == []
    assert sorted(record["id"] for record in done.records["messages"]) == sorted(project.expected_records["messages"])
    assert len(json.dumps(done.state("messages"))) < 500
