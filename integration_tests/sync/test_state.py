"""A state means the same moment in every form that is accepted; one that cannot be read fails its own stream."""

from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    FailureType,
    StreamDescriptor,
)

from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.support.run_sync import run_sync


def state_of(stream: str, **blob: Any) -> AirbyteStateMessage:
    return AirbyteStateMessage(
        type=AirbyteStateType.STREAM,
        stream=AirbyteStreamState(
            stream_descriptor=StreamDescriptor(name=stream), stream_state=AirbyteStateBlob(**blob)
        ),
    )


FORMS = [
    "2026-05-01T10:00:00.000Z",
    "2026-05-01T10:00:00Z",
    "2026-05-01T12:00:00.000+02:00",
    "2026-05-01T05:00:00-0500",
]


@pytest.mark.parametrize("stream", ["sessions", "tickets"])
@pytest.mark.parametrize("form", FORMS)
def test_state_means_the_same_moment_in_every_form(form: str, stream: str) -> None:
    project = Project.empty()
    project.add(stream, "2026-05-01T09:59:59.999Z", "2026-05-01T09:59:59.999Z")
    at = project.add(stream, "2026-05-01T10:00:00.000Z", "2026-05-01T10:00:00.000Z")
    with GleapEmulator(project) as emulator:
        config = emulator.config(start_date="2026-01-01T00:00:00Z", lookback_window=0)
        done = run_sync(config, [stream], [state_of(stream, updatedAt=form)])
        sent = min(request.params["updatedAt>"] for request in emulator.requests)
    assert sent == "2026-05-01T10:00:00.000Z"
    assert [record["id"] for record in done.records[stream]] == [at]


@pytest.mark.parametrize("form", FORMS)
def test_partition_state_means_the_same_moment_in_every_form(form: str) -> None:
    project = Project.empty()
    survey = project.add("surveys", "2026-01-01T00:00:00.000Z")
    for second in ("09:59:59", "10:00:00"):
        date = f"2026-05-01T{second}.000Z"
        project.add("survey_responses", date, date, survey_id=survey)
    partition = {"partition": {"survey_id": survey, "parent_slice": {}}, "cursor": {"updatedAt": form}}
    with GleapEmulator(project) as emulator:
        config = emulator.config(start_date="2026-01-01T00:00:00Z", lookback_window=0)
        done = run_sync(config, ["survey_responses"], [state_of("survey_responses", states=[partition])])
    assert [record["updatedAt"] for record in done.records["survey_responses"]] == ["2026-05-01T10:00:00.000Z"]


@pytest.mark.parametrize("value", ["", None, "2026-05-01", 5, "yesterday", {"a": 1}, "2026-05-01T10:00:00"])
def test_unreadable_cursor_fails_its_own_stream_and_says_reset(value: Any) -> None:
    project = Project.generate(seed=3, tickets=30)
    with GleapEmulator(project) as emulator:
        done = run_sync(emulator.config(), ["sessions", "teams"], [state_of("sessions", updatedAt=value)])
    error = done.output.errors[0].trace.error  # type: ignore[union-attr]
    assert error
    assert error.failure_type == FailureType.config_error
    assert "The state of stream sessions cannot be read" in str(error.message)
    assert "Reset it" in str(error.message)
    assert done.records["sessions"] == []
    assert len(done.records["teams"]) == len(project.expected_records["teams"])
    assert {state.stream.stream_descriptor.name for state in done.states if state.stream} == {"teams"}


@pytest.mark.parametrize(
    "blob",
    [
        {"states": [{"partition": {}, "cursor": {"updatedAt": FORMS[0]}}]},
        {"states": [{"cursor": {"updatedAt": FORMS[0]}}]},
        {"states": [{"partition": {"survey_id": "a"}, "cursor": {}}]},
        {"states": {"a": 1}},
        {"states": ["a"]},
        {"parent_state": 5},
        {"state": {"updatedAt": 5}},
        {"createdAt": FORMS[0]},
        {"states": [], "start_date": 5},
    ],
)
def test_malformed_state_of_partitions_fails_its_own_stream(blob: dict[str, Any]) -> None:
    with GleapEmulator(Project.generate(seed=3, tickets=30)) as emulator:
        done = run_sync(emulator.config(), ["survey_responses", "teams"], [state_of("survey_responses", **blob)])
    assert "The state of stream survey_responses cannot be read" in done.errors[0]
    assert done.records["teams"]


def test_state_far_in_the_future_gets_a_warning() -> None:
    with GleapEmulator(Project.generate(seed=3, tickets=30)) as emulator:
        state = [state_of("sessions", updatedAt="2999-01-01T00:00:00.000Z")]
        done = run_sync(emulator.config(), ["sessions"], state)
    assert any("Stream sessions: the state is in the future" in line for line in done.log)


def test_state_of_a_finished_sync_gets_no_warning() -> None:
    with GleapEmulator(Project.generate(seed=3, tickets=30)) as emulator:
        first = run_sync(emulator.config())
        second = run_sync(emulator.config(), state=first.states)
    assert second.errors == []
    assert not any("state" in line and "future" in line for line in second.log)
