"""A stream in the catalog that does not exist fails by name; the others are read."""

import pytest
from airbyte_cdk.models import FailureType

from integration_tests.gleap_emulator import Fault, GleapEmulator, Project
from integration_tests.support.run_sync import STREAMS, run_sync

PROJECT = Project.generate(seed=3, tickets=5)


@pytest.mark.parametrize(
    ("name", "explanation"),
    [
        ("invoices", "Stream 'invoices' does not exist. "),
        ("Tickets", "Stream 'Tickets' does not exist; did you mean 'tickets'? "),
        ("survey-response", "Stream 'survey-response' does not exist; did you mean 'survey_responses'? "),
    ],
)
def test_absent_stream_is_named_and_other_streams_are_read(name: str, explanation: str) -> None:
    with GleapEmulator(PROJECT) as emulator:
        done = run_sync(emulator.config(), [name, "teams"])
    of_stream, of_sync = (message.trace.error for message in done.output.errors if message.trace)
    assert of_stream
    assert of_sync
    assert of_stream.message.startswith(f"{explanation}The streams are {', '.join(STREAMS)}.")
    assert of_stream.stream_descriptor
    assert of_stream.stream_descriptor.name == name
    assert name in of_sync.message
    assert {of_stream.failure_type, of_sync.failure_type} == {FailureType.config_error}
    assert len(done.records["teams"]) == len(PROJECT.expected_records["teams"])
    statuses = {
        stream: [status.value for status in done.output.get_stream_statuses(stream)] for stream in (name, "teams")
    }
    assert statuses == {name: ["INCOMPLETE"], "teams": ["STARTED", "RUNNING", "COMPLETE"]}


def test_catalog_of_absent_streams_only_fails() -> None:
    with GleapEmulator(PROJECT) as emulator:
        done = run_sync(emulator.config(), ["agents", "events"])
    assert [message.partition(" does not exist")[0] for message in done.errors[:2]] == [
        "Stream 'agents'", "Stream 'events'",
    ]  # fmt: skip
    assert "agents, events" in done.errors[-1]
    assert emulator.requests == []


def test_absent_stream_is_named_beside_a_stream_that_fails() -> None:
    with GleapEmulator(PROJECT, fault=lambda _: Fault.status(401)) as emulator:
        done = run_sync(emulator.config(), ["agents", "teams"])
    assert "Stream 'agents' does not exist" in done.errors[0]
    assert "Gleap refused the API key" in done.errors[1]
