"""How PyAirbyte is set up before it is imported, run in a process of its own, and what its tables hold."""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from integration_tests.support.paths import ROOT


def pyairbyte_environment(folder: Path) -> dict[str, str]:
    """What PyAirbyte reads when it is imported, so that its files stay in a folder and it asks no other server.

    The first two, each enough, turn its telemetry off; offline, it also asks no registry for the connector.
    """
    return {
        "DO_NOT_TRACK": "1",
        "AIRBYTE_OFFLINE_MODE": "1",
        "NO_LIVE_PROGRESS": "1",
        "AIRBYTE_PROJECT_DIR": str(folder),
        "AIRBYTE_INSTALL_DIR": str(folder),
        "AIRBYTE_CACHE_ROOT": str(folder / "cache"),
        "AIRBYTE_LOGGING_ROOT": str(folder / "logs"),
        "AIRBYTE_TEMP_DIR": str(folder / "tmp"),
    }


def run_reader(module: str, arguments: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Runs a module of `integration_tests.support` that reads with PyAirbyte.

    Args:
        module: Its name.
        arguments: Its command line.
        folder: Where PyAirbyte keeps its files.
    """
    return subprocess.run(
        [sys.executable, "-m", f"integration_tests.support.{module}", *arguments],
        cwd=ROOT,
        env=os.environ | pyairbyte_environment(folder),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def records_by_id(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, dict[str, Any]]:
    """The rows of a table as records: dates as Gleap writes them, decimals as floats, null left out.

    Args:
        names: The columns.
        rows: Their values.

    Raises:
        AssertionError: Two rows have the same id.
    """
    records = [
        {name: _plain(value) for name, value in zip(names, row, strict=True) if value is not None} for row in rows
    ]
    found = {record["id"]: record for record in records}
    assert len(found) == len(records)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds") + "Z"
    return float(value) if isinstance(value, Decimal) else value
