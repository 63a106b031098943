"""Every worker keeps its connection."""

import logging

import pytest

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.run_sync import run_sync


def test_connection_pool_holds_a_connection_for_every_worker(caplog: pytest.LogCaptureFixture) -> None:
    project = Project.generate(seed=3, tickets=60, days=700)
    with (
        caplog.at_level(logging.WARNING, logger="urllib3.connectionpool"),
        GleapEmulator(project, Behavior(latency_seconds=0.3)) as emulator,
    ):
        done = run_sync(emulator.config(num_workers=20), ["sessions"])
    assert done.errors == []
    assert [record.message for record in caplog.records if "pool is full" in record.message] == []
