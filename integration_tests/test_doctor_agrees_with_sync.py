"""What the doctor calls safe and not safe is so: a sync fails or misses rows in those streams only."""

import pytest
from airbyte_cdk.models import AirbyteStreamStatus, SyncMode

from integration_tests.doctoring import NOT_SAFE, examine
from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.fake_sleep import fake_sleep
from integration_tests.support.run_sync import STREAMS, run_sync

PROJECT = Project.generate(seed=9, tickets=301)


@pytest.mark.parametrize(
    ("behavior", "unsafe", "affected"),
    [
        (Behavior(), "", ""),
        (Behavior(page_cap=40), "", ""),
        (Behavior(page_cap=3), "surveys", "surveys survey_responses"),
        (Behavior(honours_sort=False, natural_order="updated_desc"), "", ""),
        (Behavior(honours_filters=False), "", ""),
        (Behavior(ignores_paging=True), "", ""),
        (Behavior(hides_archived=False, sends_total=False), "", ""),
        (Behavior(survey_envelope="data", response_envelope="responses"), "", ""),
        (Behavior(project_wide_messages=False), "messages", "messages"),
        (Behavior(max_skip=90), "", ""),
        (
            Behavior(max_skip=90, honours_filters=False, sends_total=False),
            "tickets sessions messages",
            "tickets sessions messages",
        ),
        (Behavior(max_rows_before_504=100), "", ""),
    ],
)
def test_a_sync_fails_or_misses_rows_only_where_the_doctor_says_so(
    behavior: Behavior, unsafe: str, affected: str
) -> None:
    with GleapEmulator(PROJECT, behavior) as emulator, fake_sleep():
        found = examine(emulator.config())
        done = run_sync(emulator.config(), mode=SyncMode.full_refresh)
    failed = {stream for stream in STREAMS if AirbyteStreamStatus.INCOMPLETE in done.output.get_stream_statuses(stream)}
    incomplete = {
        stream
        for stream in STREAMS
        if {row["id"] for row in done.records[stream]} != set(PROJECT.expected_records[stream])
    }
    assert {stream for stream, _ in found.with_verdict(NOT_SAFE)} == set(unsafe.split())
    assert failed | incomplete == set(affected.split())
