"""A sync that is killed after any state message goes on from that state and misses nothing."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.destination import missing_from, upsert
from integration_tests.support.paths import CATALOG
from integration_tests.support.run_sync import STREAMS
from integration_tests.support.slow_cases import slow_except


def read(folder: Path, state: dict[str, Any], kill_after: int | None) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Runs a read, killed after `kill_after` state messages: the records before the last state, and the states."""
    command = [sys.executable, "main.py", "read", "--config", str(folder / "config.json"), "--catalog", str(CATALOG)]
    if state:
        (folder / "state.json").write_text(json.dumps(list(state.values())))
        command += ["--state", str(folder / "state.json")]
    process = subprocess.Popen(command, cwd=CATALOG.parents[1], stdout=subprocess.PIPE, text=True)
    states, safe, pending, count = dict(state), [], [], 0
    with process:
        assert process.stdout
        for line in process.stdout:
            message = json.loads(line)
            if message["type"] == "RECORD":
                pending.append(message["record"])
            elif message["type"] == "STATE":
                # A destination that is cut off keeps what came before the last state, and no more.
                states[message["state"]["stream"]["stream_descriptor"]["name"]] = message["state"]
                safe += pending
                pending, count = [], count + 1
                if count == kill_after:
                    process.kill()
                    break
    return safe, states


@pytest.mark.parametrize("kill_after", slow_except([21], [1, 2, 3, 5, 8, 13, 21, 34]))
def test_sync_killed_after_state_message_is_completed_by_next_sync(tmp_path: Path, kill_after: int) -> None:
    project = Project.generate(seed=kill_after, tickets=120, days=300)
    behavior = Behavior(page_cap=20)
    with GleapEmulator(project, behavior, before_request=lambda project, request: project.change(2)) as emulator:
        (tmp_path / "config.json").write_text(json.dumps(emulator.config(lookback_window=0)))
        before, state = read(tmp_path, {}, kill_after)
        emulator.before_request = None
        after, _ = read(tmp_path, state, None)
    destination: dict[str, dict[str, dict[str, Any]]] = {stream: {} for stream in STREAMS}
    for record in before + after:
        upsert([record["data"]], destination[record["stream"]])
    assert state
    assert missing_from(destination, project) == {}
