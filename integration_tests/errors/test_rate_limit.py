"""Gleap's limit of requests: it is waited for where it is reached, and kept where it can be."""

import re

import pytest

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.fake_sleep import fake_sleep
from integration_tests.support.run_sync import STREAMS, run_sync
from integration_tests.support.slow_cases import slow_except


@pytest.mark.parametrize("retry_after", slow_except([None, 5], [None, 1, 5]))
def test_rate_limited_sync_waits_logs_the_reason_and_is_complete(
    retry_after: int | None,
) -> None:
    project = Project.generate(seed=4, tickets=200)
    behavior = Behavior(page_cap=20, requests_per_second=50, retry_after=retry_after)
    with fake_sleep() as waits, GleapEmulator(project, behavior, monotonic=waits.now) as emulator:
        done = run_sync(emulator.config(num_workers=8), page_size=20)
    assert sum(request.status == 429 for request in emulator.requests) > 0
    assert done.errors == []
    for stream in STREAMS:
        assert {record["id"] for record in done.records[stream]} == set(project.expected_records[stream])
    reasons = [line for line in done.log if "limit of 1000 a minute is reached (HTTP 429)" in line]
    assert reasons
    assert all(re.search(r"Waiting \d+ s, then trying again", line) for line in reasons)
    if retry_after:
        assert all(f"Waiting {retry_after + 1} s" in line for line in reasons)


def test_retry_after_longer_than_10_minutes_fails_the_stream() -> None:
    behavior = Behavior(requests_per_second=0, retry_after=3600)
    with fake_sleep() as waits, GleapEmulator(Project.empty(), behavior, monotonic=waits.now) as emulator:
        done = run_sync(emulator.config(), ["teams"])
    assert "It asked to wait 3600 s." in done.errors[0]
    assert len(emulator.requests) == 1


def test_api_budget_keeps_sync_below_the_rate_limit() -> None:
    project = Project.generate(seed=4, tickets=1000)
    # Further below the limit than the manifest's tenth: on a busy machine requests arrive in other gaps than they left.
    with GleapEmulator(project, Behavior(requests_per_second=50)) as emulator:
        done = run_sync(emulator.config(num_workers=8), ["tickets"], page_size=10, requests_per_second=30)
    assert len(emulator.requests) > 100
    assert {request.status for request in emulator.requests} == {200}
    assert {record["id"] for record in done.records["tickets"]} == set(project.expected_records["tickets"])
