"""The doctor, run within a test, and what it printed."""

import contextlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from integration_tests.support.fake_sleep import FakeSleep, fake_sleep
from source_gleap.doctor.command import doctor

SAFE, NOT_SAFE, NOT_SEEN = "safe", "NOT SAFE", "not seen"


@dataclass(frozen=True)
class Examination:
    """What one run of the doctor came to."""

    exit_code: int
    printed: str
    told: str
    waits: FakeSleep

    @property
    def cells(self) -> list[list[str]]:
        """The cells of the table, a list for each line, the head and the line below it left out."""
        lines = [line for line in self.printed.splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]

    @property
    def findings(self) -> dict[tuple[str, str], tuple[str, str]]:
        """What the project does and the verdict, by stream and question."""
        return {(stream, question): (does, verdict) for stream, question, _, does, verdict in self.cells}

    def with_verdict(self, verdict: str) -> set[tuple[str, str]]:
        return {key for key, (_, found) in self.findings.items() if found == verdict}

    def advice(self, stream: str, question: str) -> str:
        """What the lines below the table say about a question; nothing if there is none."""
        start = f"- {stream}, {question}: "
        return next((line[len(start) :] for line in self.printed.splitlines() if line.startswith(start)), "")


def examine(config: Mapping[str, Any] | str | None) -> Examination:
    """Runs the doctor on a configuration, or on a text instead of one, or on a file that is not there."""
    out, err = io.StringIO(), io.StringIO()
    with TemporaryDirectory() as folder, fake_sleep() as waits:
        path = Path(folder) / "config.json"
        if config is not None:
            path.write_text(config if isinstance(config, str) else json.dumps(config))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            exit_code = doctor(["--config", str(path)])
    return Examination(exit_code, out.getvalue(), err.getvalue(), waits)
