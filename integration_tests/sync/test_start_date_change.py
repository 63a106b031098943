"""What becomes of a start date that is changed when there already is a state: docs/deploy.md relies on it."""

from datetime import datetime, timedelta, timezone

import pytest
from airbyte_cdk.models import (
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    StreamDescriptor,
)

from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.support.run_sync import STREAMS, SyncResult, run_sync
from integration_tests.support.slow_cases import slow_except
from integration_tests.support.streams import BY_TICKET, PAGED, WINDOWED

PROJECT = Project.generate(seed=5, tickets=300, days=300)


def days_ago(days: int) -> str:
    return f"{datetime.now(timezone.utc) - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def ids(done: SyncResult, stream: str) -> set[str]:
    assert done.errors == []
    return {record["id"] for record in done.records[stream]}


def test_earlier_start_date_changes_nothing_where_a_state_exists() -> None:
    with GleapEmulator(PROJECT) as emulator:
        first = run_sync(emulator.config(start_date=days_ago(60)))
        same = run_sync(emulator.config(start_date=days_ago(60)), state=first.states)
        earlier = run_sync(emulator.config(start_date=days_ago(350)), state=first.states)
    for stream in STREAMS:
        assert ids(earlier, stream) == ids(same, stream)


def warned(done: SyncResult) -> list[str]:
    """The streams that a sync warns of, because the start date is earlier than that of their state."""
    return [
        line.split()[1].strip(":") for line in done.log if "is earlier than the one that the state was made" in line
    ]


@pytest.mark.parametrize("mode", slow_except(["ticket"], ["project", "ticket"]))
def test_earlier_start_date_gets_one_warning_for_each_stream_in_every_sync(mode: str) -> None:
    with GleapEmulator(PROJECT) as emulator:
        first = run_sync(emulator.config(start_date=days_ago(60), messages_mode=mode))
        second = run_sync(emulator.config(start_date=days_ago(350), messages_mode=mode), state=first.states)
        third = run_sync(emulator.config(start_date=days_ago(350), messages_mode=mode), state=second.states)
    assert warned(first) == []
    assert warned(second) == warned(third) == sorted({*PAGED, *BY_TICKET})


def test_same_or_later_start_date_gets_no_warning() -> None:
    with GleapEmulator(PROJECT) as emulator:
        first = run_sync(emulator.config(start_date=days_ago(60)))
        later = run_sync(emulator.config(start_date=days_ago(30)), state=first.states)
        again = run_sync(emulator.config(start_date=days_ago(60)), state=later.states)
    assert warned(later) == warned(again) == []


def test_state_that_does_not_hold_a_start_date_gets_no_warning() -> None:
    blob = AirbyteStateBlob(updatedAt="2026-05-01T00:00:00.000Z")
    of_sessions = AirbyteStreamState(stream_descriptor=StreamDescriptor(name="sessions"), stream_state=blob)
    state = [AirbyteStateMessage(type=AirbyteStateType.STREAM, stream=of_sessions)]
    with GleapEmulator(PROJECT) as emulator:
        first = run_sync(emulator.config(start_date=days_ago(60)), ["sessions"], state)
        second = run_sync(emulator.config(start_date=days_ago(350)), ["sessions"], first.states)
    assert warned(first) == warned(second) == []


@pytest.mark.parametrize("stream", slow_except(["tickets"], WINDOWED))
def test_past_is_read_after_the_state_is_reset(stream: str) -> None:
    with GleapEmulator(PROJECT) as emulator:
        first = run_sync(emulator.config(start_date=days_ago(60)))
        others = [state for state in first.states if state.stream and state.stream.stream_descriptor.name != stream]
        second = run_sync(emulator.config(start_date=days_ago(350)), state=others)
    assert ids(first, stream) < set(PROJECT.expected_records[stream])
    assert ids(second, stream) == set(PROJECT.expected_records[stream])
    for other in set(WINDOWED) - {stream}:
        assert len(ids(second, other)) < len(ids(first, other))
