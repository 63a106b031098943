"""The commands as Airbyte runs them: a process, its lines, its exit code."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.support.paths import CATALOG, ROOT
from integration_tests.support.run_sync import STREAMS
from integration_tests.support.slow_cases import slow_except

MAIN = ROOT / "main.py"


@pytest.fixture(scope="module")
def emulator() -> Iterator[GleapEmulator]:
    with GleapEmulator(Project.generate(seed=5, tickets=60)) as emulator:
        yield emulator


def run(*arguments: object, folder: Path) -> tuple[int, list[dict[str, Any]]]:
    """The exit code and the messages of `python main.py ...`, run in `folder`. Every line has to be a message."""
    command = [sys.executable, str(MAIN), *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def of_type(messages: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [message for message in messages if message["type"] == kind]


def written(folder: Path, content: object) -> Path:
    path = folder / "config.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("overrides", "explanation"),
    [
        ({"start_date": "tomorrow"}, "source-gleap: The configuration cannot work. 'start_date' (Start date) must be "),
        pytest.param(
            {"api_key": "k-000000"},
            "streams did not sync successfully: teams. The messages of type TRACE say why.",
            marks=pytest.mark.slow,
        ),
    ],
    ids=["configuration", "stream"],
)
def test_error_of_a_redirected_read_is_shown_on_the_terminal(
    emulator: GleapEmulator, tmp_path: Path, overrides: dict[str, str], explanation: str
) -> None:
    config = written(tmp_path, emulator.config(**overrides))
    catalog = tmp_path / "catalog.json"
    streams = json.loads(CATALOG.read_text())["streams"]
    catalog.write_text(json.dumps({"streams": [each for each in streams if each["stream"]["name"] == "teams"]}))
    terminal, stderr = os.openpty()
    with os.fdopen(terminal, closefd=True), open(tmp_path / "messages.jsonl", "wb") as stdout:
        command = [sys.executable, str(MAIN), "read", "--config", str(config), "--catalog", str(catalog)]
        code = subprocess.run(command, stdout=stdout, stderr=stderr, timeout=120, check=False).returncode
        shown = os.read(terminal, 10_000).decode()
        os.close(stderr)
    assert code == 1
    assert explanation in shown
    assert shown.count("\n") == 1


def test_spec_lists_settings_and_marks_api_key_as_secret(tmp_path: Path) -> None:
    code, messages = run("spec", folder=tmp_path)
    properties = of_type(messages, "SPEC")[0]["spec"]["connectionSpecification"]["properties"]
    assert code == 0
    assert list(properties) == [
        "api_key", "project_id", "start_date", "api_url", "lookback_window", "num_workers", "messages_mode",
        "tickets_mode",
    ]  # fmt: skip
    assert [name for name, field in properties.items() if field.get("airbyte_secret")] == ["api_key"]


def test_check_succeeds_with_at_most_four_requests(emulator: GleapEmulator, tmp_path: Path) -> None:
    before = len(emulator.requests)
    code, messages = run("check", "--config", written(tmp_path, emulator.config()), folder=tmp_path)
    assert of_type(messages, "CONNECTION_STATUS")[0]["connectionStatus"]["status"] == "SUCCEEDED"
    assert code == 0
    assert len(emulator.requests) - before <= 4


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    slow_except(
        [("api_key", "another-key-123", "API key")],
        [("api_key", "another-key-123", "API key"), ("project_id", "f" * 24, "Project ID")],
    ),
)
def test_check_fails_and_names_the_setting_to_correct(
    emulator: GleapEmulator, tmp_path: Path, name: str, value: str, hint: str
) -> None:
    _, messages = run("check", "--config", written(tmp_path, emulator.config(**{name: value})), folder=tmp_path)
    status = of_type(messages, "CONNECTION_STATUS")[0]["connectionStatus"]
    assert status["status"] == "FAILED"
    assert hint in status["message"]
    assert "another-key-123" not in json.dumps(messages)


def test_discover_sends_no_request(emulator: GleapEmulator, tmp_path: Path) -> None:
    before = len(emulator.requests)
    code, messages = run("discover", "--config", written(tmp_path, emulator.config()), folder=tmp_path)
    assert [stream["name"] for stream in of_type(messages, "CATALOG")[0]["catalog"]["streams"]] == list(STREAMS)
    assert (code, len(emulator.requests)) == (0, before)


def test_read_emits_every_record_and_second_read_resumes(emulator: GleapEmulator, tmp_path: Path) -> None:
    config = written(tmp_path, emulator.config(lookback_window=0))
    code, first = run("read", "--config", config, "--catalog", CATALOG, "--debug", folder=tmp_path)
    assert code == 0
    held = {(stream, key) for stream in STREAMS for key in emulator.project.expected_records[stream]}
    assert {(m["record"]["stream"], m["record"]["data"]["id"]) for m in of_type(first, "RECORD")} == held
    assert emulator.api_key not in json.dumps(first)

    last = {
        message["state"]["stream"]["stream_descriptor"]["name"]: message["state"] for message in of_type(first, "STATE")
    }
    state = tmp_path / "state.json"
    state.write_text(json.dumps(list(last.values())))
    code, second = run("read", "--config", config, "--catalog", CATALOG, "--state", state, folder=tmp_path)
    assert code == 0
    assert 0 < len(of_type(second, "RECORD")) < len(held) / 5


# What the file holds, and what is shown; test_doctor.py reads them all without a process.
WRONG_CONFIGS: dict[str, tuple[object, str]] = {
    "no file": (None, "cannot be read"),
    "no JSON": ('{"api_key": "hunter2"', "is no JSON (line 1, column 22"),
    "no object": ("[]", "holds a list"),
    "against the specification": (
        {"api_key": "hunter2", "project_id": "x y", "start_date": "2026-01-01T00:00:00Z"},
        "'project_id'",
    ),
}


@pytest.mark.parametrize("command", slow_except(["read"], ["check", "discover", "read"]))
@pytest.mark.parametrize("config", slow_except(["no JSON"], WRONG_CONFIGS))
def test_invalid_config_emits_one_trace_message_and_exits_with_1(tmp_path: Path, command: str, config: str) -> None:
    content, explanation = WRONG_CONFIGS[config]
    path = tmp_path / "missing.json" if content is None else written(tmp_path, content)
    catalog = ["--catalog", CATALOG] if command == "read" else []
    code, messages = run(command, "--config", path, *catalog, folder=tmp_path)
    (trace,) = of_type(messages, "TRACE")
    assert code == 1
    assert trace["trace"]["error"]["failure_type"] == "config_error"
    assert explanation in trace["trace"]["error"]["message"]
    assert "hunter2" not in json.dumps(messages)


@pytest.mark.parametrize(("argument", "content"), slow_except([("state", "{")], [("state", "{"), ("catalog", "[]")]))
def test_invalid_catalog_or_state_emits_one_trace_message_and_exits_with_1(
    emulator: GleapEmulator, tmp_path: Path, argument: str, content: str
) -> None:
    file = tmp_path / "file.json"
    file.write_text(content)
    files = {"config": written(tmp_path, emulator.config()), "catalog": CATALOG, argument: file}
    code, messages = run("read", *(part for name in files for part in (f"--{name}", files[name])), folder=tmp_path)
    (trace,) = of_type(messages, "TRACE")
    assert code == 1
    assert trace["trace"]["error"]["failure_type"] == "config_error"
    assert f"The {argument} file {file} " in trace["trace"]["error"]["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    slow_except(
        [("project_id", "my project")],
        [
            ("api_key", "broken\nin two"),
            ("project_id", "my project"),
            ("start_date", "2999-01-01T00:00:00Z"),
            ("start_date", "2026-01-01T00:00:00"),
        ],
    ),
)
def test_check_names_invalid_setting_before_any_request(
    emulator: GleapEmulator, tmp_path: Path, name: str, value: str
) -> None:
    before = len(emulator.requests)
    code, messages = run("check", "--config", written(tmp_path, emulator.config(**{name: value})), folder=tmp_path)
    (status,) = of_type(messages, "CONNECTION_STATUS")
    assert code == 1
    assert f"'{name}'" in status["connectionStatus"]["message"]
    assert len(emulator.requests) == before


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["--help"], 0)])
def test_help_lists_every_command(arguments: list[str], code: int) -> None:
    done = subprocess.run([sys.executable, MAIN, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code
    assert re.findall(r"^    (\w+) ", done.stdout + done.stderr, re.MULTILINE) == [
        "spec", "check", "discover", "read", "doctor",
    ]  # fmt: skip


@pytest.mark.slow
def test_console_script_runs_the_same_program(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("source-gleap")
    if not script.exists():
        pytest.skip("the package is not installed beside this Python")
    done = subprocess.run([script, "spec"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert '"type":"SPEC"' in done.stdout
