"""Ties, clocks, time zones and dates that would lead a cursor astray."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.paths import CATALOG
from integration_tests.support.run_sync import STREAMS, run_sync
from integration_tests.support.slow_cases import slow_except

NOW = datetime.now(timezone.utc)


@pytest.mark.parametrize("page_size", slow_except([1000], [1000, 100]))
@pytest.mark.parametrize("stream", ["tickets", "messages", "sessions"])
@pytest.mark.parametrize("honours_sort", [True, False], ids=["sorted", "unsorted"])
def test_5000_records_with_one_timestamp_are_each_read_once(stream: str, page_size: int, honours_sort: bool) -> None:
    project, moment = Project.empty(), NOW - timedelta(days=3)
    for number in range(5000):
        project.add(stream, moment - timedelta(seconds=number), moment)
    for day in (1, 2, 4, 5):
        project.add(stream, NOW - timedelta(days=day), NOW - timedelta(days=day))
    with GleapEmulator(project, Behavior(honours_sort=honours_sort)) as emulator:
        config = emulator.config(start_date=f"{NOW - timedelta(days=20):%Y-%m-%dT%H:%M:%SZ}")
        done = run_sync(config, [stream], page_size=page_size)
    assert done.errors == []
    assert sorted(record["id"] for record in done.records[stream]) == sorted(project.expected_records[stream])


@pytest.mark.parametrize("hours", slow_except([1], [-1, 1]))
def test_clock_skew_of_one_hour_loses_no_record(hours: int) -> None:
    def true_clock() -> datetime:
        return datetime.now(timezone.utc) + timedelta(hours=hours)

    project = Project.generate(seed=9, tickets=60, now=true_clock(), clock=true_clock)
    seen: dict[str, set[tuple[str, str]]] = {stream: set() for stream in STREAMS}
    with GleapEmulator(project, before_request=lambda project, request: project.change(5)) as emulator:
        busy = run_sync(emulator.config())
        emulator.before_request = None
        quiet = run_sync(emulator.config(), state=busy.states)
    for done in (busy, quiet):
        for stream in STREAMS:
            seen[stream] |= {(record["id"], record["updatedAt"]) for record in done.records[stream]}
    for stream in STREAMS:
        assert {(key, record["updatedAt"]) for key, record in project.expected_records[stream].items()} - seen[
            stream
        ] == set()


@pytest.mark.parametrize("zone", slow_except(["Pacific/Kiritimati"], ["UTC", "America/St_Johns", "Pacific/Kiritimati"]))
def test_time_zone_of_the_machine_changes_no_record(tmp_path: Path, zone: str) -> None:
    with GleapEmulator(Project.generate(seed=9, tickets=100)) as emulator:
        config = tmp_path / "config.json"
        config.write_text(json.dumps(emulator.config()))
        done = subprocess.run(
            [sys.executable, "main.py", "read", "--config", str(config), "--catalog", str(CATALOG)],
            cwd=CATALOG.parents[1],
            env={**os.environ, "TZ": zone},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        here = run_sync(emulator.config())
    there: dict[str, list[dict[str, Any]]] = {stream: [] for stream in STREAMS}
    for message in map(json.loads, done.stdout.splitlines()):
        if message["type"] == "RECORD":
            there[message["record"]["stream"]].append(message["record"]["data"])
    for stream in STREAMS:
        assert sorted(there[stream], key=itemgetter("id")) == sorted(here.records[stream], key=itemgetter("id"))
    assert there["tickets"]


@pytest.mark.parametrize("stream", STREAMS)
def test_record_dated_2099_does_not_hide_later_changes(stream: str) -> None:
    project = Project.empty()
    fields = {"survey_id": project.add("surveys")} if stream == "survey_responses" else {}
    project.add(stream, NOW, datetime(2099, 1, 1, tzinfo=timezone.utc), **fields)
    ordinary = project.add(stream, NOW - timedelta(days=1), NOW - timedelta(days=1), **fields)
    with GleapEmulator(project) as emulator:
        config = emulator.config(start_date=f"{NOW - timedelta(days=20):%Y-%m-%dT%H:%M:%SZ}")
        first = run_sync(config, [stream])
        project.update(stream, ordinary)
        second = run_sync(config, [stream], first.states)
    assert ordinary in {record["id"] for record in first.records[stream]}
    assert project.expected_records[stream][ordinary]["updatedAt"] in {
        record["updatedAt"] for record in second.records[stream]
    }


def test_future_state_raises_no_error_and_does_not_move_back() -> None:
    with GleapEmulator(Project.generate(seed=9, tickets=50)) as emulator:
        first = run_sync(emulator.config(), ["tickets"])
        (state,) = first.states
        assert state.stream
        assert state.stream.stream_state
        state.stream.stream_state.updatedAt = "2099-01-01T00:00:00.000Z"  # type: ignore[attr-defined]
        second = run_sync(emulator.config(), ["tickets"], [state])
    assert second.errors == []
    assert second.records["tickets"] == []
    assert second.state("tickets")["updatedAt"] == "2099-01-01T00:00:00.000Z"
