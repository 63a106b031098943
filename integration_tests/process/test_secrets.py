"""Neither the key nor the hash that lets its holder act as a contact appears in what the connector prints of itself."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.paths import CATALOG
from integration_tests.support.slow_cases import slow_except


def echo(emulator: GleapEmulator, status: int, everything: bool = False) -> Callable[[Request], Fault | None]:
    """A server that sends back, in its errors, the key that it was sent and the contact that it chokes on."""
    contact = next(iter(emulator.project.expected_records["sessions"].values()))
    body_with_message = {"message": f"Bearer {emulator.api_key} may not see {json.dumps(contact)}", "contact": contact}
    body = json.dumps(body_with_message if everything else {"got": f"Bearer {emulator.api_key}", "contact": contact})
    return lambda request: Fault.status(status, body.encode()) if request.stream in ("sessions", "teams") else None


BEHAVIORS = ("well", "400", "400 with a message", "401", "truncated", "broken JSON")


RUNS = [
    *((behavior, "read", "--debug") for behavior in BEHAVIORS),
    *((behavior, "check", "--debug") for behavior in ("well", "400", "401")),
    *((behavior, "read", "LOG_LEVEL=debug") for behavior in ("well", "400 with a message")),
    ("400", "read", "info"),
]
KEPT = [("400 with a message", "read", "LOG_LEVEL=debug"), ("401", "check", "--debug")]


@pytest.mark.parametrize(("behavior", "command", "level"), slow_except(KEPT, RUNS))
def test_secrets_are_printed_only_in_records(tmp_path: Path, behavior: str, command: str, level: str) -> None:
    project = Project.generate(seed=2, tickets=30)
    with GleapEmulator(project, Behavior()) as emulator:
        emulator.fault = {
            "well": None,
            "400": echo(emulator, 400),
            "400 with a message": echo(emulator, 400, everything=True),
            "401": echo(emulator, 401),
            "truncated": lambda request: Fault.truncated() if request.number < 3 else None,
            "broken JSON": lambda request: Fault.broken_json() if request.number < 3 else None,
        }[behavior]
        config = tmp_path / "config.json"
        config.write_text(json.dumps(emulator.config()))
        done = subprocess.run(
            [
                *(sys.executable, "main.py", command, "--config", str(config)),
                *(["--catalog", str(CATALOG)] if command == "read" else []),
                *(["--debug"] if level == "--debug" else []),
            ],
            cwd=CATALOG.parents[1],
            env={**os.environ, **({"LOG_LEVEL": "debug"} if "=" in level else {})},
            capture_output=True,
            text=True,
            timeout=60,
        )
    printed = [line for line in done.stdout.split("\n") if not line.startswith('{"type":"RECORD"')] + [done.stderr]
    hashes = {str(contact["gleapHash"]) for contact in project.expected_records["sessions"].values()} - {"None"}
    assert hashes
    assert len(printed) > 2
    for line in printed:
        assert emulator.api_key not in line
        assert not [found for found in hashes if found in line]
