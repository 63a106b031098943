"""What becomes of a start date that is changed when there already is a state: docs/deploy.md relies on it."""

from datetime import datetime, timedelta, timezone

import pytest

from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.support.run_sync import STREAMS, SyncResult, run_sync
from integration_tests.support.streams import WINDOWED

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


@pytest.mark.parametrize("stream", WINDOWED)
def test_past_is_read_after_the_state_is_reset(stream: str) -> None:
    with GleapEmulator(PROJECT) as emulator:
        first = run_sync(emulator.config(start_date=days_ago(60)))
        others = [state for state in first.states if state.stream and state.stream.stream_descriptor.name != stream]
        second = run_sync(emulator.config(start_date=days_ago(350)), state=others)
    assert ids(first, stream) < set(PROJECT.expected_records[stream])
    assert ids(second, stream) == set(PROJECT.expected_records[stream])
    for other in set(WINDOWED) - {stream}:
        assert len(ids(second, other)) < len(ids(first, other))
