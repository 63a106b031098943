"""The doctor calls exactly those streams unsafe in which a sync fails or misses rows."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from airbyte_cdk.models import AirbyteStreamStatus, SyncMode

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.fake_sleep import fake_sleep
from integration_tests.support.run_doctor import NOT_SAFE, run_doctor
from integration_tests.support.run_sync import run_sync
from integration_tests.support.slow_cases import slow_except
from integration_tests.support.streams import BY_TICKET
from source_gleap.manifest import stream_names

PROJECT = Project.generate(seed=9, tickets=161)
CUT_OFF = "teams surveys users help_center_collections help_center_articles"


UNREADABLE = Behavior(max_skip=45, date_filters="ignored", sends_total=False)
OF_PAGES = "tickets sessions messages"
# What Gleap does, the streams that the doctor calls unsafe, and those that a sync lacks.
KEPT: list[tuple[Behavior | Mapping[str, Behavior], str, str]] = [
    (Behavior(), "", ""),
    (Behavior(page_cap=3), CUT_OFF, f"{CUT_OFF} survey_responses"),
    (Behavior(date_filters="blind"), "", ""),
    ({"tickets": Behavior(refuses=frozenset({"archived"}))}, "tickets", "tickets"),
    (Behavior(project_wide_messages="empty"), "messages", "messages"),
    (UNREADABLE, OF_PAGES, OF_PAGES),
]
CASES = [
    *KEPT,
    (Behavior(page_cap=40), "", ""),
    (Behavior(honours_sort=False, natural_order="updated_desc"), "", ""),
    (Behavior(date_filters="ignored"), "", ""),
    (Behavior(refuses=frozenset({"bounds"})), "", ""),
    (Behavior(refuses=frozenset({"bounds", "sort"}), refusal_status=422), "", ""),
    (Behavior(refuses=frozenset({"sort"}), refusal_status=409), "", ""),
    (Behavior(max_limit=100), "", ""),
    (Behavior(ignores_paging=True), "", ""),
    (Behavior(hides_archived=False, sends_total=False), "", ""),
    (Behavior(survey_envelope="data", response_envelope="responses"), "", ""),
    (Behavior(project_wide_messages=False), "messages", "messages"),
    (Behavior(max_skip=45), "", ""),
    (replace(UNREADABLE, date_filters="blind"), OF_PAGES, OF_PAGES),
    (Behavior(max_rows_before_504=100), "", ""),
]


@pytest.mark.parametrize(("behavior", "unsafe", "affected"), slow_except(KEPT, CASES))
def test_doctor_calls_a_stream_unsafe_where_a_sync_fails_or_misses_rows(
    behavior: Behavior | Mapping[str, Behavior], unsafe: str, affected: str
) -> None:
    with GleapEmulator(PROJECT, behavior) as emulator, fake_sleep():
        result = run_doctor(emulator.config())
        done = run_sync(emulator.config(), mode=SyncMode.full_refresh)
    failed = {
        stream for stream in stream_names() if AirbyteStreamStatus.INCOMPLETE in done.output.get_stream_statuses(stream)
    }
    incomplete = {
        stream
        for stream in stream_names()
        if {row["id"] for row in done.records[stream]} != set(PROJECT.expected_records[stream])
    }
    assert {stream for stream, _ in result.with_verdict(NOT_SAFE)} == set(unsafe.split())
    # What is requested for each ticket fails with the list of tickets.
    assert failed | incomplete == set(affected.split()) | set(BY_TICKET if "tickets" in affected else ())
