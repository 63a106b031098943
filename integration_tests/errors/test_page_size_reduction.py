"""Pages that are too large for Gleap, or take it too long, are asked for smaller."""

from itertools import product
from typing import Literal

import pytest

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.fake_sleep import fake_sleep
from integration_tests.support.run_sync import run_sync
from integration_tests.support.slow_cases import slow_except

STREAMS = ("tickets", "sessions", "messages", "survey_responses")


@pytest.mark.parametrize(
    ("status", "honours_sort"), slow_except([(504, True), (413, False)], product((504, 413), (True, False)))
)
def test_stream_is_complete_when_pages_above_300_rows_are_refused(
    status: Literal[504, 413], honours_sort: bool
) -> None:
    project = Project.generate(seed=8, tickets=1500, days=20)
    behavior = Behavior(max_rows_before_504=300, too_large_status=status, honours_sort=honours_sort)
    with GleapEmulator(project, behavior) as emulator, fake_sleep():
        done = run_sync(emulator.config(), STREAMS)
    assert done.errors == []
    for stream in STREAMS:
        assert sorted(record["id"] for record in done.records[stream]) == sorted(project.expected_records[stream])
    refused = [request for request in emulator.requests if request.status == status]
    assert {request.params["limit"] for request in refused} == {"1000", "500"}
    assert len(refused) < len(emulator.requests) / 2


def test_page_size_reduction_loses_no_record_during_concurrent_changes() -> None:
    project = Project.generate(seed=8, tickets=1000, days=20)
    behavior = Behavior(max_rows_before_504=300)
    with GleapEmulator(project, behavior, before_request=lambda project, _: project.change(10)) as emulator:
        with fake_sleep():
            busy = run_sync(emulator.config(), STREAMS)
        emulator.before_request = None
        with fake_sleep():
            quiet = run_sync(emulator.config(), STREAMS, state=busy.states)
    for stream in STREAMS:
        seen = {record["id"]: record["updatedAt"] for done in (busy, quiet) for record in done.records[stream]}
        held = {key: record["updatedAt"] for key, record in project.expected_records[stream].items()}
        assert {key: seen.get(key) for key in held} == held
