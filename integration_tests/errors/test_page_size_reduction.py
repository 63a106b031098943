"""Pages that are too large for Gleap, or take it too long, are asked for smaller."""

from collections import Counter
from itertools import product
from typing import Literal

import pytest

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.fake_sleep import ENDLESS, fake_clock, fake_sleep
from integration_tests.support.run_sync import run_sync
from integration_tests.support.slow_cases import slow_except
from integration_tests.support.streams import PAGED


@pytest.mark.parametrize(
    ("status", "honours_sort"), slow_except([(504, True), (413, False)], product((504, 413), (True, False)))
)
def test_stream_is_complete_when_pages_above_300_rows_are_refused(
    status: Literal[504, 413], honours_sort: bool
) -> None:
    project = Project.generate(seed=8, tickets=1500, days=20)
    behavior = Behavior(max_rows_before_504=300, too_large_status=status, honours_sort=honours_sort)
    with GleapEmulator(project, behavior) as emulator, fake_sleep():
        done = run_sync(emulator.config(), PAGED)
    assert done.errors == []
    for stream in PAGED:
        assert sorted(record["id"] for record in done.records[stream]) == sorted(project.expected_records[stream])
    refused = [request for request in emulator.requests if request.status == status]
    assert {request.params["limit"] for request in refused} == {"1000", "500"}
    assert len(refused) < len(emulator.requests) / 2


def test_page_size_reduction_loses_no_record_during_concurrent_changes() -> None:
    project = Project.generate(seed=8, tickets=1000, days=20)
    behavior = Behavior(max_rows_before_504=300)
    with GleapEmulator(project, behavior, before_request=lambda project, _: project.change(10)) as emulator:
        with fake_sleep():
            busy = run_sync(emulator.config(), PAGED)
        emulator.before_request = None
        with fake_sleep():
            quiet = run_sync(emulator.config(), PAGED, state=busy.states)
    for stream in PAGED:
        seen = {record["id"]: record["updatedAt"] for done in (busy, quiet) for record in done.records[stream]}
        held = {key: record["updatedAt"] for key, record in project.expected_records[stream].items()}
        assert {key: seen.get(key) for key in held} == held


@pytest.mark.parametrize("status", [500, 502, 503])
def test_page_that_fails_only_above_300_rows_is_read_in_smaller_pages(status: int) -> None:
    project = Project.empty()
    for _ in range(900):
        project.add("sessions")

    def fault(request: Request) -> Fault | None:
        return Fault.status(status) if int(request.params["limit"]) > 300 else None

    with GleapEmulator(project, fault=fault) as emulator, fake_sleep() as sleeps:
        done = run_sync(emulator.config(num_workers=1), ["sessions"])
        # By the lower bound of their window: an hour before midnight there are two windows.
        failed = Counter(request.line.split(b"&")[0] for request in emulator.requests if request.status == status)
    assert done.errors == []
    assert {record["id"] for record in done.records["sessions"]} == set(project.expected_records["sessions"])
    assert max(failed.values()) <= 4
    assert sleeps.longest < 120


def test_page_that_takes_too_long_is_read_in_smaller_pages() -> None:
    project = Project.generate(seed=3, tickets=60)

    def fault(request: Request) -> Fault | None:
        return Fault.hang() if ENDLESS in request.headers else None

    with (
        GleapEmulator(project, fault=fault) as emulator,
        fake_sleep(),
        fake_clock(to=lambda number: number <= 2),
    ):
        done = run_sync(emulator.config(num_workers=1), ["sessions"])
        limits = [request.params["limit"] for request in emulator.requests]
    assert done.errors == []
    assert limits[:3] == ["1000", "1000", "500"]
    assert {record["id"] for record in done.records["sessions"]} == set(project.expected_records["sessions"])


@pytest.mark.parametrize("status", [500, 503])
def test_fault_of_any_page_size_takes_no_longer_than_eight_attempts(status: int) -> None:
    with (
        GleapEmulator(Project.empty(), fault=lambda request: Fault.status(status)) as emulator,
        fake_sleep() as sleeps,
    ):
        done = run_sync(emulator.config(num_workers=1), ["sessions"])
        made = [request for request in emulator.requests if request.stream == "sessions"]
    assert "It was asked 8 times." in done.errors[0]
    assert len(made) == 8
    assert sleeps.longest <= 190
