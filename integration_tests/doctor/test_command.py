"""The doctor's command: its report, its exit code, its messages when no check can run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.run_doctor import NOT_SAFE, SAFE, UNKNOWN, run_doctor
from source_gleap.manifest import stream_names

MAIN = Path(__file__).parents[2] / "main.py"


def small_project() -> Project:
    return Project.generate(seed=3, tickets=40)


def test_option_all_shows_every_check_in_an_aligned_table() -> None:
    with GleapEmulator(small_project()) as emulator:
        result = run_doctor(emulator.config())
    assert {stream for stream, _ in result.results} == {"all", *stream_names()}
    assert {verdict for _, verdict in result.results.values()} <= {SAFE, NOT_SAFE, UNKNOWN}
    assert len(result.results) == len(result.table) > 40
    assert len({len(line) for line in result.stdout.splitlines() if line.startswith("|")}) == 1
    assert all(all(cells) for cells in result.table)


def test_project_without_problems_can_sync_and_exits_0() -> None:
    with GleapEmulator(Project.generate(seed=3, tickets=1200)) as emulator:
        result, short = run_doctor(emulator.config()), run_doctor(emulator.config(), "")
    assert (result.exit_code, result.verdict, result.with_verdict(NOT_SAFE)) == (0, "You can sync.", set())
    assert len(result.with_verdict(SAFE)) > 40
    assert (short.exit_code, short.verdict, short.table) == (0, "You can sync.", [])
    assert "`--all` shows all lines." in short.stdout


def test_empty_project_leaves_most_checks_unknown() -> None:
    with GleapEmulator(Project.empty()) as emulator:
        result = run_doctor(emulator.config())
    assert (result.exit_code, result.verdict) == (0, "You can sync.")
    assert result.with_verdict(SAFE) == {("all", "rate limit headers")}
    assert "Run the doctor again when there are more." in result.stdout


def test_problems_come_first_with_consequence_and_remedy_and_exit_1() -> None:
    behavior = {"messages": Behavior(project_wide_messages=False), "surveys": Behavior(page_cap=3)}
    with GleapEmulator(small_project(), behavior) as emulator:
        result = run_doctor(emulator.config(), "")
    assert (result.exit_code, result.verdict) == (1, "2 problems:")
    lines = result.stdout.splitlines()
    assert lines[1] == (
        "- messages, list: every sync of this stream fails and brings no record. Gleap did not accept a request for "
        "the messages of the whole project (HTTP 400). Set 'How messages are read' (messages_mode) to 'ticket', which "
        "asks for them ticket by ticket."
    )
    assert lines[2].startswith("- surveys, one request: only the first 3 are synced, and survey_responses of no others")
    assert set(result.results) == {("messages", "list"), ("surveys", "one request")}
    assert "2 NOT SAFE" in lines[-2]


def test_one_problem_is_announced_in_the_singular() -> None:
    with GleapEmulator(small_project(), Behavior(project_wide_messages=False)) as emulator:
        assert run_doctor(emulator.config(), "").verdict == "1 problem:"


def test_lines_that_need_an_unsafe_list_say_what_to_solve_first() -> None:
    def refuse(request: Request) -> Fault | None:
        return Fault.status(403) if request.path == "/tickets" else None

    with GleapEmulator(small_project(), fault=refuse) as emulator:
        result = run_doctor(emulator.config())
    first = "Solve the problem `tickets, list` first, then run the doctor again."
    assert result.advice("tickets", "list").startswith("every sync of this stream fails")
    assert f"checks of tickets: its list is needed. {first}" in result.stdout
    observed = "needs a record of tickets, whose list is refused"
    assert result.results["ticket_activity_logs", "list"] == (observed, NOT_SAFE)
    assert result.advice("ticket_activity_logs", "list").endswith(first)
    assert "of ticket_activity_logs: its list is needed." in result.stdout
    assert {stream for stream, _ in result.with_verdict(NOT_SAFE)} == {"tickets", "ticket_activity_logs"}


def test_report_says_why_lines_are_unknown_and_what_to_do() -> None:
    with GleapEmulator(Project.empty(), fault={4: Fault.status(503)}) as emulator:
        lines = run_doctor(emulator.config(), "").stdout.splitlines()
    found = [line for line in lines if line.startswith("- unknown, ")]
    assert [line for line in found if line.endswith(": Gleap did not answer. Run the doctor again later.")]
    assert [line for line in found if "too few records. That stops no sync. Run the doctor again when" in line]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"api_key": "another-key-123"}, "Gleap refused the API key (HTTP 401)."),
        ({"project_id": "f" * 24}, "Gleap refused access to the stream teams (HTTP 403)."),
        ({"api_url": "http://127.0.0.1:9/v3"}, "no response (ConnectionError). Check that 'API URL'"),
        ({"project_id": "my project"}, "'project_id' (Project ID) must be"),
        ({"start_date": "2999-01-01T00:00:00Z"}, "'start_date' (Start date) must be in the past"),
        ({"api_url": "ftp://api.gleap.io"}, "'api_url' (API URL) must be"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_wrong_settings_print_what_to_change_and_exit_1(overrides: dict[str, str], message: str) -> None:
    with GleapEmulator(small_project()) as emulator:
        result = run_doctor(emulator.config(**overrides))
        assert message in result.stderr
        assert emulator.api_key not in result.stderr
    assert (result.exit_code, result.stdout) == (1, "")
    assert "another-key-123" not in result.stderr
    assert result.stderr.count("\n") == 1


def test_misspelt_setting_is_named_before_the_report() -> None:
    with GleapEmulator(small_project()) as emulator:
        result = run_doctor(emulator.config(num_worker=8))
    assert result.stderr.splitlines()[0] == "Unknown setting 'num_worker' is ignored; did you mean 'num_workers'?"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read (No such file"),
        ('{"api_key": "hunter2"', "is no JSON (line 1, column 22"),
        ("[]", "holds a list"),
        ("{}", "'api_key' (API key) is missing"),
    ],
)
def test_unusable_config_file_prints_the_reason_and_exits_1(content: str | None, message: str) -> None:
    result = run_doctor(content)
    assert message in result.stderr
    assert "hunter2" not in result.stderr
    assert (result.exit_code, result.stdout) == (1, "")


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (Fault.status(200, b"<html>Welcome to nginx</html>"), "a response that is not JSON"),
        (Fault.status(200, b'{"hello": "world"}'), "a response without a list of records"),
        (Fault.status(302, b"", {"Location": "/login"}), "HTTP 302, a redirect"),
        (Fault.status(404), "(HTTP 404)"),
        (Fault.status(400), "HTTP 400"),
        (Fault.status(402), "Gleap refused access to the stream teams (HTTP 402)"),
        (Fault.status(503), "HTTP 503"),
        (Fault.status(429, headers={"Retry-After": "5"}), "HTTP 429"),
        (Fault.reset(), "no response (ConnectionError)"),
        (Fault.truncated(), "a response that breaks off"),
    ],
    ids=lambda value: "" if isinstance(value, str) else f"{value.kind} {value.code}",
)
def test_failure_of_the_first_request_prints_its_cause_and_exits_1(fault: Fault, cause: str) -> None:
    with GleapEmulator(small_project(), fault=lambda _: fault) as emulator:
        result = run_doctor(emulator.config())
        assert len(emulator.requests) == 1
    assert cause in result.stderr
    assert "'API URL'" in result.stderr or "Project" in result.stderr
    assert (result.exit_code, result.stdout) == (1, "")


def test_response_without_content_is_no_failure() -> None:
    with GleapEmulator(small_project(), fault=lambda _: Fault.status(204)) as emulator:
        result = run_doctor(emulator.config())
    assert result.stderr == "Asking Gleap; large lists take some minutes.\n"
    assert result.stdout


def test_main_prints_the_report_alone_to_stdout(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    with GleapEmulator(small_project(), Behavior(page_cap=3)) as emulator:
        result = run_doctor(emulator.config(), "")
        config.write_text(json.dumps(emulator.config()))
        done = subprocess.run(
            [sys.executable, MAIN, "doctor", "--config", config],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stdout) == (1, result.stdout)
    assert "Traceback" not in done.stderr


def test_help_explains_exit_codes_without_importing_the_cdk() -> None:
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
