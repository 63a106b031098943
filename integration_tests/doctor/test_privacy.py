"""The doctor's output can be published: it holds nothing of a record, of Gleap's messages or of the configuration."""

import json
from itertools import cycle, product
from typing import Any

import pytest

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.run_doctor import DoctorResult, run_doctor
from integration_tests.support.slow_cases import slow_except
from source_gleap.manifest import stream_names

MARK = "hunter2"


def marked(value: Any) -> Any:
    """`value` with the mark in every text and name, dates left as they are."""
    if isinstance(value, str):
        return value if value[:2] == "20" else MARK + value
    if isinstance(value, list):
        return [marked(item) for item in value]
    if isinstance(value, dict):
        return {MARK + str(name): marked(item) for name, item in value.items()}
    return value


def marked_project() -> Project:
    """A project that has the mark in its values, in the ids of its records, and in names of fields of its own."""
    project = Project.empty()
    for number in range(12):
        day = f"2026-01-{number + 1:02}T08:00:00.{number:03}Z"
        for stream in stream_names():
            fields = {"title": MARK, "customData": marked({"a": ["b"]}), f"{MARK}Field": MARK, "data": {MARK: MARK}}
            if stream in ("messages", "survey_responses"):
                parent = "tickets" if stream == "messages" else "surveys"
                fields["ticket" if stream == "messages" else "survey_id"] = next(iter(project.expected_records[parent]))
            project.add(stream, day, day, id=f"{MARK}{number:06x}", name=MARK, email=f"{MARK}@example.com", **fields)
    return project


def assert_private(result: DoctorResult, emulator: GleapEmulator) -> None:
    output = result.stdout + result.stderr
    for secret in (MARK, emulator.api_key, emulator.project_id, str(emulator.port), "127.0.0.1"):
        assert secret not in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    "behavior",
    [
        Behavior(),
        Behavior(date_filters="ignored", honours_sort=False),
        Behavior(project_wide_messages="empty", page_cap=4),
    ],
    ids=["well", "unsorted and unfiltered", "capped"],
)
@pytest.mark.parametrize("mode", ["project", "ticket"])
def test_report_holds_no_value_id_or_undeclared_field_name(behavior: Behavior, mode: str) -> None:
    with GleapEmulator(marked_project(), behavior) as emulator:
        result = run_doctor(emulator.config(messages_mode=mode))
        assert any(request.rows for request in emulator.requests if request.stream == "survey_responses")
        assert_private(result, emulator)
    assert result.stdout


def test_report_holds_nothing_of_lists_that_no_stream_reads() -> None:
    rows = json.dumps([marked({"a": "b"}) | {"id": MARK, "email": MARK, f"{MARK}Field": MARK}]).encode()

    def is_probe(request: Request) -> bool:
        return request.stream is None or "showHistory" in request.params or request.path.startswith("/tickets/")

    with GleapEmulator(marked_project()) as emulator:
        emulator.fault = lambda request: Fault.status(200, rows) if is_probe(request) else None
        result = run_doctor(emulator.config())
        assert_private(result, emulator)
    assert "1 listed" in result.results["tickets", "status history"][0]


def test_report_holds_nothing_of_a_generated_project() -> None:
    project = Project.generate(seed=6, tickets=200, malformed=True)
    with GleapEmulator(project) as emulator:
        result = run_doctor(emulator.config())
    texts = {
        value
        for stream in stream_names()
        for record in project.expected_records[stream].values()
        for name, value in record.items()
        if isinstance(value, str) and (name in ("id", "title", "email", "name", "gleapHash", "shareToken", "userId"))
    }
    assert len(texts) > 500
    assert [text for text in texts if text in result.stdout + result.stderr] == []


STATUSES = [200, 400, 401, 403, 404, 500]
KEPT = set(zip(stream_names(), cycle(STATUSES), strict=False))


@pytest.mark.parametrize(("stream", "status"), slow_except(KEPT, product(stream_names(), STATUSES)))
def test_report_holds_nothing_of_an_error_response(stream: str, status: int) -> None:
    body = json.dumps({MARK: f"{MARK} may not", "message": MARK}).encode()
    headers = {"Retry-After": MARK, "X-RateLimit-Limit": MARK, f"X-{MARK}": MARK, "Location": f"/{MARK}"}
    with GleapEmulator(marked_project()) as emulator:
        emulator.fault = lambda request: Fault.status(status, body, headers) if request.stream == stream else None
        assert_private(run_doctor(emulator.config()), emulator)


def test_unreadable_value_is_named_by_its_field_and_type_only() -> None:
    row = {
        "id": "a1",
        "createdAt": MARK,
        "updatedAt": "2026-01-01T00:00:00.000Z",
        "bugId": {MARK: MARK},
        "archived": MARK,
    }
    with GleapEmulator(marked_project()) as emulator:
        body = json.dumps({"tickets": [row]}).encode()
        emulator.fault = lambda request: Fault.status(200, body) if request.stream == "tickets" else None
        result = run_doctor(emulator.config())
        assert_private(result, emulator)
    assert (
        result.results["tickets", "types"][0]
        == "not `archived` (a text), `bugId` (a JSON object), `createdAt` (a text)"
    )
