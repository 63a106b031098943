"""The doctor's output can be made public: nothing of a record, of Gleap's messages or of the configuration is in it."""

import json
from typing import Any

import pytest

from integration_tests.doctoring import Examination, examine
from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project
from integration_tests.support.run_sync import STREAMS

MARK = "hunter2"


def everywhere(value: Any) -> Any:
    """`value` with the mark in every text and name, dates left as they are."""
    if isinstance(value, str):
        return value if value[:2] == "20" else MARK + value
    if isinstance(value, list):
        return [everywhere(item) for item in value]
    if isinstance(value, dict):
        return {MARK + str(name): everywhere(item) for name, item in value.items()}
    return value


def marked() -> Project:
    """A project that has the mark in its values, in the ids of its records, and in names of fields of its own."""
    project = Project.empty()
    for number in range(12):
        day = f"2026-01-{number + 1:02}T08:00:00.{number:03}Z"
        for stream in STREAMS:
            fields = {"title": MARK, "customData": everywhere({"a": ["b"]}), f"{MARK}Field": MARK, "data": {MARK: MARK}}
            if stream in ("messages", "survey_responses"):
                parent = "tickets" if stream == "messages" else "surveys"
                fields["ticket" if stream == "messages" else "survey_id"] = next(iter(project.expected_records[parent]))
            project.add(stream, day, day, id=f"{MARK}{number:06x}", name=MARK, email=f"{MARK}@example.com", **fields)
    return project


def unseen(found: Examination, emulator: GleapEmulator) -> None:
    everything = found.printed + found.told
    for secret in (MARK, emulator.api_key, emulator.project_id, str(emulator.port), "127.0.0.1"):
        assert secret not in everything
    assert "Traceback" not in everything


@pytest.mark.parametrize(
    "behavior",
    [
        Behavior(),
        Behavior(honours_filters=False, honours_sort=False),
        Behavior(project_wide_messages=False, page_cap=4),
    ],
    ids=["well", "unsorted and unfiltered", "capped"],
)
@pytest.mark.parametrize("mode", ["project", "ticket"])
def test_no_value_id_or_name_of_a_customers_field_is_printed(behavior: Behavior, mode: str) -> None:
    with GleapEmulator(marked(), behavior) as emulator:
        found = examine(emulator.config(messages_mode=mode))
        assert any(request.rows for request in emulator.requests if request.stream == "survey_responses")
        unseen(found, emulator)
    assert found.printed


def test_nothing_of_a_generated_project_is_printed() -> None:
    project = Project.generate(seed=6, tickets=200, malformed=True)
    with GleapEmulator(project) as emulator:
        found = examine(emulator.config())
    texts = {
        value
        for stream in STREAMS
        for record in project.expected_records[stream].values()
        for name, value in record.items()
        if isinstance(value, str) and (name in ("id", "title", "email", "name", "gleapHash", "shareToken", "userId"))
    }
    assert len(texts) > 500
    assert [text for text in texts if text in found.printed + found.told] == []


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 500])
def test_nothing_that_gleap_says_instead_of_an_answer_is_printed(stream: str, status: int) -> None:
    said = json.dumps({MARK: f"{MARK} may not", "message": MARK}).encode()
    headers = {"Retry-After": MARK, "X-RateLimit-Limit": MARK, f"X-{MARK}": MARK, "Location": f"/{MARK}"}
    with GleapEmulator(marked()) as emulator:
        emulator.fault = lambda request: Fault.status(status, said, headers) if request.stream == stream else None
        unseen(examine(emulator.config()), emulator)


def test_a_value_of_another_type_than_declared_is_named_by_its_field_and_type_only() -> None:
    row = {
        "id": "a1",
        "createdAt": MARK,
        "updatedAt": "2026-01-01T00:00:00.000Z",
        "bugId": {MARK: MARK},
        "archived": MARK,
    }
    with GleapEmulator(marked()) as emulator:
        body = json.dumps({"tickets": [row]}).encode()
        emulator.fault = lambda request: Fault.status(200, body) if request.stream == "tickets" else None
        found = examine(emulator.config())
        unseen(found, emulator)
    does, _ = found.findings["tickets", "types"]
    assert does == "not `archived` (a str), `bugId` (a dict), `createdAt` (a str)"
