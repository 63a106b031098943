"""Neither the key nor the hash that lets its holder act as a contact appears in what the connector prints of itself."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from integration_tests.gleap_emulator import Fault, GleapEmulator, Moods, Project, Request
from integration_tests.selecting import slow_except

CATALOG = Path(__file__).with_name("configured_catalog.json")


def echo(emulator: GleapEmulator, status: int, everything: bool = False) -> Callable[[Request], Fault | None]:
    """A server that sends back, in its errors, the key that it was sent and the contact that it chokes on."""
    contact = next(iter(emulator.project.truth["sessions"].values()))
    said = {"message": f"Bearer {emulator.api_key} may not see {json.dumps(contact)}", "contact": contact}
    body = json.dumps(said if everything else {"got": f"Bearer {emulator.api_key}", "contact": contact})
    return lambda request: Fault.status(status, body.encode()) if request.stream in ("sessions", "teams") else None


MOODS = ("well", "400", "400 with a message", "401", "truncated", "broken JSON")


RUNS = [
    *((mood, "read", "--debug") for mood in MOODS),
    *((mood, "check", "--debug") for mood in ("well", "400", "401")),
    *((mood, "read", "LOG_LEVEL=debug") for mood in ("well", "400 with a message")),
    ("400", "read", "info"),
]
KEPT = [("400 with a message", "read", "--debug"), ("401", "check", "--debug"), ("well", "read", "LOG_LEVEL=debug")]


@pytest.mark.parametrize(("mood", "command", "level"), slow_except(KEPT, RUNS))
def test_no_secret_is_printed_but_in_the_records_that_hold_it(
    tmp_path: Path, mood: str, command: str, level: str
) -> None:
    project = Project.generate(seed=2, tickets=30)
    with GleapEmulator(project, Moods()) as emulator:
        emulator.fault = {
            "well": None,
            "400": echo(emulator, 400),
            "400 with a message": echo(emulator, 400, everything=True),
            "401": echo(emulator, 401),
            "truncated": lambda request: Fault.truncated() if request.number < 3 else None,
            "broken JSON": lambda request: Fault.broken_json() if request.number < 3 else None,
        }[mood]
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
    hashes = {str(contact["gleapHash"]) for contact in project.truth["sessions"].values()} - {"None"}
    assert hashes
    assert len(printed) > 2
    for line in printed:
        assert emulator.api_key not in line
        assert not [found for found in hashes if found in line]
