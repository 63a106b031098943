"""A parent whose list is refused does not keep the lists of other parents from being read."""

import json

import pytest
from airbyte_cdk.models import FailureType

from integration_tests.gleap_emulator import Fault, GleapEmulator, Project, Request
from integration_tests.support.fake_sleep import fake_sleep
from integration_tests.support.run_sync import SyncResult, run_sync
from integration_tests.support.slow_cases import slow_except


def survey_project(surveys: int) -> Project:
    project = Project.empty()
    for _ in range(surveys):
        survey = project.add("surveys")
        project.add("survey_responses", survey_id=survey)
    return project


def ids(done: SyncResult, stream: str) -> set[str]:
    return {record["id"] for record in done.records[stream]}


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("status", slow_except([403], [400, 403, 503]))
@pytest.mark.parametrize("position", slow_except([6], [0, 6, 11]))
def test_other_surveys_are_read_where_one_is_refused(workers: int, status: int, position: int) -> None:
    project = survey_project(12)
    refused = list(project.expected_records["surveys"])[position]
    allowed = {key for key, row in project.expected_records["survey_responses"].items() if row["survey_id"] != refused}

    def fault(request: Request) -> Fault | None:
        return Fault.status(status) if refused in request.path else None

    with GleapEmulator(project, fault=fault) as emulator, fake_sleep():
        first = run_sync(emulator.config(num_workers=workers), ["survey_responses"])
        second = run_sync(emulator.config(num_workers=workers), ["survey_responses"], first.states)
        emulator.fault = None
        third = run_sync(emulator.config(num_workers=workers), ["survey_responses"], second.states)
    assert ids(first, "survey_responses") == allowed
    assert f"This concerns 1 of 12 requested: survey_id {refused}." in first.errors[0]
    assert ids(third, "survey_responses") >= set(project.expected_records["survey_responses"]) - allowed


def test_state_of_the_surveys_that_were_read_moves_on() -> None:
    project = survey_project(12)
    refused = list(project.expected_records["surveys"])[3]

    def fault(request: Request) -> Fault | None:
        return Fault.status(403) if refused in request.path else None

    with GleapEmulator(project, fault=fault) as emulator:
        done = run_sync(emulator.config(), ["survey_responses"])
    cursors = {
        state["partition"]["survey_id"]: state["cursor"]["updatedAt"]
        for state in done.state("survey_responses")["states"]
    }
    for response in project.expected_records["survey_responses"].values():
        assert (cursors.get(response["survey_id"], "") >= response["updatedAt"]) == (response["survey_id"] != refused)


@pytest.mark.parametrize("workers", [1, 4])
def test_stream_is_given_up_after_five_refused_parents_in_a_row(workers: int) -> None:
    def fault(request: Request) -> Fault | None:
        return Fault.status(403) if request.stream == "survey_responses" else None

    with GleapEmulator(survey_project(40), fault=fault) as emulator:
        done = run_sync(emulator.config(num_workers=workers), ["survey_responses"])
        made = [request for request in emulator.requests if request.stream == "survey_responses"]
    assert len(made) <= 5 + workers
    assert "The others were not requested." in done.errors[0]


@pytest.mark.parametrize("status", slow_except([403], [403, 400]))
def test_hundreds_of_refused_tickets_are_told_once(status: int) -> None:
    project = Project.empty()
    for number in range(800):
        ticket = project.add("tickets")
        if number % 50 == 0:
            project.add("messages", ticket=ticket)
    served = {record["ticket"] for record in list(project.expected_records["messages"].values())[:1]}

    def fault(request: Request) -> Fault | None:
        is_refused = request.stream == "messages" and request.params.get("ticket") not in served
        return Fault.status(status, b'{"message": "no"}') if is_refused else None

    with GleapEmulator(project, fault=fault) as emulator:
        done = run_sync(emulator.config(messages_mode="ticket"), ["messages"])
    traces = [message.trace.error for message in done.output.errors if message.trace]
    assert len([error for error in traces if error and "did not sync successfully" not in str(error.message)]) == 1
    assert all(len(json.dumps(str(error and error.message))) < 2000 for error in traces)


def test_wrong_key_is_told_once_for_each_stream() -> None:
    with GleapEmulator(Project.generate(seed=3, tickets=200), fault=lambda request: Fault.status(401)) as emulator:
        done = run_sync(emulator.config(start_date="2020-01-01T00:00:00Z"), ["tickets", "sessions"])
    traces = [message.trace.error for message in done.output.errors if message.trace]
    assert len(traces) == 3
    assert [error.failure_type for error in traces if error][:2] == [FailureType.config_error] * 2
