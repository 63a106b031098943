"""The doctor as a command: its table, its exit code, what it says when there is nothing to examine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from integration_tests.doctoring import NOT_SAFE, NOT_SEEN, SAFE, examine
from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project
from integration_tests.support.run_sync import STREAMS

MAIN = Path(__file__).parents[1] / "main.py"
PAGE = MAIN.parent / "docs" / "gleap.md"


def small() -> Project:
    return Project.generate(seed=3, tickets=40)


def test_the_table_has_a_line_for_each_question_and_a_verdict_in_each_line() -> None:
    with GleapEmulator(small()) as emulator:
        found = examine(emulator.config())
    assert {stream for stream, _ in found.findings} == {"all", *STREAMS}
    assert {verdict for _, verdict in found.findings.values()} <= {SAFE, NOT_SAFE, NOT_SEEN}
    assert len(found.findings) == len(found.cells)
    assert len({len(line) for line in found.printed.splitlines() if line.startswith("|")}) == 1
    assert all(all(line) for line in found.cells)


def test_a_project_as_gleap_is_thought_to_be_is_safe_and_ends_with_exit_code_0() -> None:
    with GleapEmulator(Project.generate(seed=3, tickets=1200)) as emulator:
        found = examine(emulator.config())
    assert (found.exit_code, found.with_verdict(NOT_SAFE)) == (0, set())
    assert len(found.with_verdict(SAFE)) > 50


def test_of_an_empty_project_nothing_but_access_is_called_safe() -> None:
    with GleapEmulator(Project.empty()) as emulator:
        found = examine(emulator.config())
    assert found.exit_code == 0
    assert found.with_verdict(NOT_SAFE) == set()
    assert found.with_verdict(SAFE) == {("all", "access"), ("all", "unknown project"), ("tickets", "totalCount")}


def test_what_is_not_safe_is_said_below_the_table_with_its_effect_and_what_to_do_and_ends_with_exit_code_1() -> None:
    with GleapEmulator(small(), Behavior(project_wide_messages=False)) as emulator:
        found = examine(emulator.config())
    assert found.exit_code == 1
    assert found.with_verdict(NOT_SAFE) == {("messages", "project-wide list")}
    assert found.advice("messages", "project-wide list") == (
        "every sync of this stream fails, and brings no record. "
        "Set 'How messages are read' (messages_mode) to 'ticket'."
    )
    assert "1 NOT SAFE" in found.printed


def test_the_lines_that_the_page_for_users_shows_are_lines_of_the_table() -> None:
    with GleapEmulator(small(), Behavior(project_wide_messages=False)) as emulator:
        found = examine(emulator.config())
    section = PAGE.read_text().partition("## Ask your project")[2].partition("\n## ")[0]
    _header, _rule, *lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    assert lines
    assert [line for line in lines if line not in [list(cells) for cells in found.cells]] == []


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ({"api_key": "another-key-123"}, "Gleap refused the API key (HTTP 401). Copy it anew from Gleap"),
        ({"project_id": "f" * 24}, "Gleap refused access (HTTP 403). Check that 'Project ID' is of the project"),
        (
            {"api_url": "http://127.0.0.1:9/v3"},
            "Gleap could not be reached: no answer (ConnectionError). Check 'API URL'",
        ),
        ({"project_id": "my project"}, "'project_id' (Project ID) must be of the form"),
        ({"start_date": "2999-01-01T00:00:00Z"}, "'start_date' (Start date) must be in the past"),
        ({"api_url": "ftp://api.gleap.io"}, "'api_url' (API URL) must be of the form"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_settings_that_lead_nowhere_are_answered_with_what_to_mend_and_exit_code_1(
    overrides: dict[str, str], told: str
) -> None:
    with GleapEmulator(small()) as emulator:
        found = examine(emulator.config(**overrides))
        assert told in found.told
        assert emulator.api_key not in found.told
    assert (found.exit_code, found.printed) == (1, "")
    assert "another-key-123" not in found.told
    assert found.told.count("\n") <= 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: No such file"),
        ('{"api_key": "hunter2"', "holds no JSON object"),
        ("[]", "holds no JSON object"),
        ("{}", "'api_key' (API key) is missing"),
    ],
)
def test_a_config_file_that_cannot_work_is_answered_with_why_and_exit_code_1(content: str | None, told: str) -> None:
    found = examine(content)
    assert told in found.told
    assert "hunter2" not in found.told
    assert (found.exit_code, found.printed) == (1, "")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.status(200, b"<html>Welcome to nginx</html>"), "does not seem to be Gleap: an answer that is not JSON"),
        (Fault.status(200, b'{"hello": "world"}'), "does not seem to be Gleap: an answer without a list of records"),
        (Fault.status(302, b"", {"Location": "/login"}), "does not seem to be Gleap: HTTP 302, a redirect"),
        (Fault.status(404), "Gleap knows no such address (HTTP 404). Check 'API URL'"),
        (Fault.status(400), "does not seem to be Gleap: HTTP 400"),
        (Fault.status(402), "Gleap refused access (HTTP 402)"),
        (Fault.status(503), "Gleap is not available: HTTP 503"),
        (Fault.status(504), "Gleap is not available: HTTP 504"),
        (Fault.status(429, headers={"Retry-After": "5"}), "Gleap is not available: HTTP 429"),
        (Fault.reset(), "Gleap could not be reached: no answer (ConnectionError)"),
        (Fault.truncated(), "Gleap could not be reached: an answer that breaks off"),
    ],
    ids=lambda value: "" if isinstance(value, str) else f"{value.kind} {value.code}",
)
def test_a_server_that_gives_no_first_answer_is_named_as_the_reason_and_ends_with_exit_code_1(
    fault: Fault, told: str
) -> None:
    with GleapEmulator(small(), fault=lambda _: fault) as emulator:
        found = examine(emulator.config())
    assert told in found.told
    assert "Gleap said" not in found.told
    assert (found.exit_code, found.printed) == (1, "")


def test_main_prints_the_table_alone_to_stdout_and_ends_with_the_exit_code(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    with GleapEmulator(small()) as emulator:
        found = examine(emulator.config())
        config.write_text(json.dumps(emulator.config()))
        done = subprocess.run(
            [sys.executable, MAIN, "doctor", "--config", config],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stdout) == (0, found.printed)
    assert "Traceback" not in done.stderr


def test_help_says_what_the_exit_codes_mean_without_importing_the_cdk() -> None:
    code = """
import sys
from source_gleap.run import run
try:
    run(["doctor", "--help"])
finally:
    print("airbyte_cdk" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=MAIN.parent, capture_output=True, text=True, timeout=60)
    assert "1 if something is not safe" in done.stdout
    assert done.stdout.endswith("False\n")
