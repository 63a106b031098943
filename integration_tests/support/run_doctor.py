"""The doctor, run within a test, and what it printed."""

import contextlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from source_gleap.doctor.command import doctor

SAFE, NOT_SAFE, UNKNOWN = "safe", "NOT SAFE", "unknown"


@dataclass(frozen=True)
class DoctorResult:
    """What one run of the doctor printed, and its exit code."""

    stdout: str
    stderr: str
    exit_code: int

    @property
    def verdict(self) -> str:
        """The first line of the report."""
        return self.stdout.partition("\n")[0]

    @property
    def table(self) -> list[list[str]]:
        """The cells of the table, a list for each line, without its head."""
        lines = [line for line in self.stdout.splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]

    @property
    def results(self) -> dict[tuple[str, str], tuple[str, str]]:
        """What the project does and the verdict, by stream and check."""
        return {(stream, check): (observed, verdict) for stream, check, _, observed, verdict in self.table}

    def with_verdict(self, verdict: str) -> set[tuple[str, str]]:
        return {key for key, (_, found) in self.results.items() if found == verdict}

    def advice(self, stream: str, check: str) -> str:
        """The consequence and the remedy of a problem; empty if there is none."""
        start = f"- {stream}, {check}: "
        return next((line[len(start) :] for line in self.stdout.splitlines() if line.startswith(start)), "")


def run_doctor(config: Mapping[str, Any] | str | None, *options: str) -> DoctorResult:
    """Runs the doctor, with `--all` if no options are given.

    Args:
        config: A configuration, the text of a file instead of one, or None for a file that does not exist.
        options: Of the command line; an empty one for none.
    """
    out, err = io.StringIO(), io.StringIO()
    with TemporaryDirectory() as folder, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        path = Path(folder) / "config.json"
        if config is not None:
            path.write_text(config if isinstance(config, str) else json.dumps(config))
        exit_code = doctor(["--config", str(path), *filter(None, options or ["--all"])])
    return DoctorResult(out.getvalue(), err.getvalue(), exit_code)
