"""What the doctor calls safe and not safe is so: a sync fails or misses rows in those streams only."""

import pytest
from airbyte_cdk.models import AirbyteStreamStatus, SyncMode

from integration_tests.doctoring import NOT_SAFE, examine
from integration_tests.gleap_emulator import GleapEmulator, Moods, Project
from integration_tests.reading import STREAMS, sync
from integration_tests.waiting import without_waiting

PROJECT = Project.generate(seed=9, tickets=301)


@pytest.mark.parametrize(
    ("moods", "unsafe", "affected"),
    [
        (Moods(), "", ""),
        (Moods(page_cap=40), "", ""),
        (Moods(page_cap=3), "surveys", "surveys survey_responses"),
        (Moods(honours_sort=False, natural_order="updated_desc"), "", ""),
        (Moods(honours_filters=False), "", ""),
        (Moods(ignores_paging=True), "", ""),
        (Moods(hides_archived=False, sends_total=False), "", ""),
        (Moods(survey_envelope="data", response_envelope="responses"), "", ""),
        (Moods(project_wide_messages=False), "messages", "messages"),
        (Moods(max_skip=90), "", ""),
        (
            Moods(max_skip=90, honours_filters=False, sends_total=False),
            "tickets sessions messages",
            "tickets sessions messages",
        ),
        (Moods(max_rows_before_504=100), "", ""),
    ],
)
def test_a_sync_fails_or_misses_rows_only_where_the_doctor_says_so(moods: Moods, unsafe: str, affected: str) -> None:
    with GleapEmulator(PROJECT, moods) as emulator, without_waiting():
        found = examine(emulator.config())
        done = sync(emulator.config(), mode=SyncMode.full_refresh)
    failed = {stream for stream in STREAMS if AirbyteStreamStatus.INCOMPLETE in done.output.get_stream_statuses(stream)}
    incomplete = {
        stream for stream in STREAMS if {row["id"] for row in done.records[stream]} != set(PROJECT.truth[stream])
    }
    assert {stream for stream, _ in found.with_verdict(NOT_SAFE)} == set(unsafe.split())
    assert failed | incomplete == set(affected.split())
