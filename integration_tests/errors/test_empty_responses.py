"""A response without content means no rows, at once."""

import pytest

from integration_tests.gleap_emulator import Fault, GleapEmulator, Project
from integration_tests.support.run_sync import run_sync


@pytest.mark.parametrize("stream", ["teams", "sessions"])
@pytest.mark.parametrize(("status", "body"), [(204, b""), (200, b""), (200, b" \n")])
def test_empty_response_means_no_rows_at_once(stream: str, status: int, body: bytes) -> None:
    with GleapEmulator(Project.empty(), fault=lambda request: Fault.status(status, body)) as emulator:
        done = run_sync(emulator.config(num_workers=1), [stream])
        made = len(emulator.requests)
    assert (done.errors, done.records[stream]) == ([], [])
    assert made <= 3
