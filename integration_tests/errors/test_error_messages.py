"""The errors that users see: what happened, Gleap's message in whatever form, and what to do next."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from airbyte_cdk.models import FailureType

from integration_tests.gleap_emulator import Fault, GleapEmulator, Project, Request
from integration_tests.support.fake_sleep import fake_sleep
from integration_tests.support.run_sync import SyncResult, run_sync


class Expected(NamedTuple):
    failure_type: FailureType
    parts: Sequence[str]
    tries: int = 1


CONFIG, SYSTEM, TRANSIENT = FailureType.config_error, FailureType.system_error, FailureType.transient_error
KEPT = "The next sync continues from the last saved state, or from the start date."

# stream, status -> what is shown.
ROWS = {
    ("tickets", 401): Expected(CONFIG, ["refused the API key (HTTP 401)", "Project Settings > Security > API Key"]),
    ("survey_responses", 401): Expected(CONFIG, ["refused the API key (HTTP 401)"]),
    ("sessions", 402): Expected(CONFIG, ["(HTTP 402)", "your Gleap plan includes the REST API"]),
    ("messages", 403): Expected(CONFIG, ["(HTTP 403)", "Check that the API key belongs to the project"]),
    ("teams", 404): Expected(CONFIG, ["did not find this URL (HTTP 404)", "Check 'API URL'", "api.us.gleap.ai"]),
    ("messages", 404): Expected(CONFIG, ["did not find this URL (HTTP 404)", "Check 'API URL'"]),
    ("tickets", 400): Expected(SYSTEM, ["did not accept the request (HTTP 400)", "no data is skipped silently"]),
    ("teams", 422): Expected(SYSTEM, ["did not accept the request (HTTP 422)", "maintainers of the connector"]),
    ("tickets", 410): Expected(SYSTEM, ["did not accept the request (HTTP 410)"]),
    ("tickets", 409): Expected(SYSTEM, ["could not read the request's dates (HTTP 409)"]),
    ("teams", 413): Expected(SYSTEM, ["did not accept the request (HTTP 413)"]),
    ("messages", 400): Expected(CONFIG, ["messages of the whole project", "(messages_mode) to 'ticket'"]),
    ("tickets", 429): Expected(TRANSIENT, ["its limit of 1000 a minute", KEPT, "Lower 'Number of workers'"], 12),
    ("teams", 500): Expected(TRANSIENT, ["is not available (HTTP 500)", KEPT, "ask Gleap's support"], 8),
    ("sessions", 502): Expected(TRANSIENT, ["is not available (HTTP 502)", KEPT], 8),
    ("messages", 503): Expected(TRANSIENT, ["is not available (HTTP 503)", KEPT], 8),
    ("surveys", 504): Expected(TRANSIENT, ["is not available (HTTP 504)", KEPT], 4),
    ("surveys", 521): Expected(TRANSIENT, ["is not available (HTTP 521)", KEPT], 8),
}
HTML = b"<html><style>b {color: red}</style><body><b>The  lights</b>\n are &quot;out&quot;</body></html>"
BODIES = {
    "JSON": (b'{"message": "The lights are out"}', "The lights are out"),
    "JSON in another form": (b'{"error": {"code": 7, "detail": "The lights are out"}}', "The lights are out"),
    "JSON without a message": (b'{"lights": "out"}', '{"lights": "out"}'),
    "text": (b"The lights are out", "The lights are out"),
    "HTML": (HTML, 'The lights are "out"'),
    "nothing": (b"", "nothing"),
    "bytes": (b"\xff\xfe\x00", "\ufffd"),
    "a very long text": (b"out " * 10_000, "out out out"),
}
# Where what Gleap says is no news: it is overloaded, and says so itself.
QUIET = (429,)


def refused(
    stream: str, status: int, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[SyncResult, int]:
    """A sync of `stream` in which Gleap refuses every request for it, and the number of those for one page."""
    asked: list[str] = []

    def fault(request: Request) -> Fault | None:
        if request.stream != stream:
            return None
        # A page that fails is requested in smaller sizes, too.
        query = re.sub(r"&limit=\d+", "", request.query) if status >= 500 else request.query
        asked.append(request.path + query)
        return Fault.status(status, body, headers)

    with GleapEmulator(Project.generate(seed=3, tickets=20), fault=fault) as emulator, fake_sleep():
        done = run_sync(emulator.config(), [stream])
    return done, max(asked.count(page) for page in asked)


@pytest.mark.parametrize(("stream", "status"), ROWS)
def test_error_names_cause_gleap_message_and_remedy(stream: str, status: int) -> None:
    done, tries = refused(stream, status, b'{"message": "The lights are out"}')
    expected = ROWS[stream, status]
    error = done.output.errors[0].trace.error  # type: ignore[union-attr]
    assert error
    assert error.failure_type == expected.failure_type
    for part in (*expected.parts, *([] if status in QUIET else ["The lights are out"])):
        assert part in str(error.message)
    assert tries == expected.tries
    assert done.records[stream] == []


@pytest.mark.parametrize("status", [400, 401, 503])
@pytest.mark.parametrize("form", BODIES)
def test_error_shows_gleap_message_in_one_line(form: str, status: int) -> None:
    body, shown = BODIES[form]
    done, _ = refused("teams", status, body)
    assert shown in done.errors[0]
    assert "\n" not in done.errors[0]
    assert "<" not in done.errors[0]
    assert "\0" not in done.errors[0]
    assert len(done.errors[0]) < 800


@pytest.mark.parametrize("status", [413, 504])
def test_page_too_large_at_smallest_size_has_its_own_message(status: int) -> None:
    done, _ = refused("tickets", status)
    assert f"refuses even small pages as too large, or takes too long for them (HTTP {status})" in done.errors[0]
    assert KEPT in done.errors[0]


def test_error_quotes_html_page_and_names_api_url() -> None:
    done, tries = refused("teams", 200, b"<html><body>Welcome to your hotel's network</body></html>")
    assert "Welcome to your hotel's network" in done.errors[0]
    assert "Check that 'API URL' is Gleap's" in done.errors[0]
    assert tries == 8


def test_error_does_not_quote_truncated_json() -> None:
    done, _ = refused("teams", 200, b'[{"id": "a", "name": "Jane')
    assert "not JSON" in done.errors[0]
    assert "Jane" not in "\n".join((*done.errors, *done.log))


def test_unreachable_server_error_names_host_and_setting_to_check() -> None:
    with GleapEmulator(Project.empty()) as emulator:
        config = emulator.config()
    with fake_sleep():
        done = run_sync(config, ["teams"])
    assert "could not be reached" in done.errors[0]
    assert (
        f"Check 'API URL', and that Airbyte's network lets requests out to 127.0.0.1:{emulator.port}" in done.errors[0]
    )


@pytest.mark.parametrize("status", [404, 410])
def test_deleted_survey_is_skipped_and_logged(status: int) -> None:
    project = Project.generate(seed=3, tickets=200)
    gone = next(iter(project.expected_records["surveys"]))
    path = f"/engagement/surveys/{gone}/responses"
    with GleapEmulator(
        project, fault=lambda request: Fault.status(status) if request.path == path else None
    ) as emulator:
        done = run_sync(emulator.config(), ["survey_responses"])
    assert done.errors == []
    assert any(path in line and "Deleted since it was listed" in line for line in done.log)
    others = {
        key for key, record in project.expected_records["survey_responses"].items() if record["survey_id"] != gone
    }
    assert {record["id"] for record in done.records["survey_responses"]} == others


def test_refused_stream_stops_before_its_remaining_windows() -> None:
    with GleapEmulator(Project.generate(seed=3, tickets=200), fault=lambda request: Fault.status(401)) as emulator:
        run_sync(emulator.config(start_date="2020-01-01T00:00:00Z"), ["tickets"])
    assert len(emulator.requests) <= 5
