"""`make sync` as a whole, with PyAirbyte, in a folder of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from integration_tests.gleap_emulator import Fault, GleapEmulator, Project
from integration_tests.support.paths import ROOT
from integration_tests.support.process import written

pytestmark = pytest.mark.slow


def sync(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "integration_tests.tools.quickstart", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def ids(database: Path, stream: str) -> set[str]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return {key for (key,) in connection.execute(f"SELECT id FROM {stream}").fetchall()}


def test_sync_keeps_the_streams_that_were_read_whole_before_an_outage(tmp_path: Path) -> None:
    project = Project.generate(seed=7, tickets=20)
    (tmp_path / "secrets").mkdir()
    with GleapEmulator(project) as gleap:
        written(tmp_path / "secrets" / "config.json", gleap.config())
        gleap.fault = lambda request: Fault.status(403) if request.path == "/sessions" else None
        failed = sync(tmp_path)
        assert failed.returncode == 1
        assert "refused access to the stream sessions (HTTP 403)" in failed.stderr
        assert "Read whole and kept:" in failed.stderr
        assert "tickets" in failed.stderr
        assert ids(tmp_path / "gleap.duckdb", "tickets") == project.expected_records["tickets"].keys()

        gleap.fault = None
        asked = len(gleap.requests)
        done = sync(tmp_path)
    assert done.returncode == 0, done.stderr
    assert ids(tmp_path / "gleap.duckdb", "sessions") == project.expected_records["sessions"].keys()
    assert sum(request.rows for request in gleap.requests[asked:] if request.path == "/tickets") < 20


def test_ctrl_c_ends_a_sync_with_one_sentence_and_the_next_one_is_complete(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "integration_tests.tools.quickstart", str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout
        assert process.stderr
        assert any("checking the connection" in line for line in process.stdout)
        os.killpg(process.pid, signal.SIGINT)
        complaints = process.stderr.read()
    assert process.returncode == 130
    assert complaints == "make sync was interrupted. The next one goes on from what is stored.\n"
    assert sync(tmp_path).returncode == 0


def test_demo_has_a_database_of_its_own_and_answers_the_question_first(tmp_path: Path) -> None:
    done = sync(tmp_path)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.glob("*.duckdb")] == ["gleap-demo.duckdb"]
    assert done.stdout.index("How long contacts wait") < done.stdout.index("docs/sql/duckdb/first_response_time.sql")
    assert "SELECT" not in done.stdout
