"""Messages are UTF-8, whatever the locale says."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.support.paths import CATALOG, ROOT

ENVIRONMENT = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}


def test_emoji_is_printed_where_the_locale_has_none(tmp_path: Path) -> None:
    project = Project.empty()
    project.add("teams", name="Support \N{OPTICAL DISC}\N{SPARKLES} \N{GREEK SMALL LETTER ALPHA}")
    with GleapEmulator(project) as emulator:
        config = tmp_path / "config.json"
        config.write_bytes(orjson.dumps(emulator.config()))
        done = subprocess.run(
            [sys.executable, "main.py", "read", "--config", str(config), "--catalog", str(CATALOG)],
            cwd=ROOT,
            env=ENVIRONMENT,
            capture_output=True,
            timeout=100,
            check=True,
        )
    records = [orjson.loads(line) for line in done.stdout.split(b"\n") if b'"RECORD"' in line]
    expected = {record["name"] for record in project.expected_records["teams"].values()}
    assert {record["record"]["data"]["name"] for record in records} == expected
    assert done.stderr == b""


@pytest.mark.slow
def test_doctor_prints_an_emoji_where_the_locale_has_none() -> None:
    command = [sys.executable, "main.py", "doctor", "--config", "\N{SPARKLES}.json"]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, timeout=100, check=False)
    assert done.returncode == 1
    assert "The configuration file \N{SPARKLES}.json cannot be read" in done.stderr.decode()
