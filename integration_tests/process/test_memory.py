"""The connector holds some pages at a time, whatever the number of rows."""

import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.support.paths import ROOT

CATALOG = {
    "streams": [
        {
            "stream": {"name": "tickets", "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]},
            "sync_mode": "incremental",
            "destination_sync_mode": "append_dedup",
        }
    ]
}
# A process starts with the peak of the one that started it, which is large here: hence a small one in between.
_MEASURED = """
import resource, subprocess, sys
lines = 0
with subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE) as process:
    for line in process.stdout:
        lines += line.startswith(b'{"type":"RECORD"')
assert process.returncode == 0
print(lines, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak(folder: Path, rows: int, days: int, *order: str) -> int:
    """The peak of the connector's resident memory, in the machine's unit, in a read of all `rows`.

    :param days: over which the rows are spread
    :param order: "unsorted" for a server that ignores `sort`
    """
    server = [sys.executable, "-m", "integration_tests.support.large_project_server", str(rows), str(days), *order]
    start = datetime.now(timezone.utc) - timedelta(days=days, hours=1)
    with subprocess.Popen(server, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        port = int(process.stdout.readline())
        config = GleapEmulator(Project.empty(), port=port).config(start_date=f"{start:%Y-%m-%dT%H:%M:%SZ}")
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "catalog.json").write_text(json.dumps(CATALOG))
        files = ["--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")]
        connector = [sys.executable, "main.py", "read", *files]
        measured = subprocess.run(
            [sys.executable, "-c", _MEASURED, *connector], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=900
        )
        process.stdin.close()
    read, memory = map(int, measured.stdout.split())
    assert read == rows
    return memory


@pytest.mark.slow
@pytest.mark.parametrize(
    "spread",
    [(365,), (29,), (29, "unsorted")],
    ids=["over a year", "all in one window", "all in one window, in no order"],
)
def test_tenfold_rows_need_at_most_20_percent_more_memory(tmp_path: Path, spread: tuple[Any, ...]) -> None:
    few, many = peak(tmp_path, 30_000, *spread), peak(tmp_path, 300_000, *spread)
    print(f"peak at 30,000 rows: {few}, at 300,000: {many}, {many / few:.2f} times")
    assert many <= 1.2 * few
