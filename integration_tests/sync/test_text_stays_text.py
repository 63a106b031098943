"""A text that looks like a number reaches Gleap as it is."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration_tests.gleap_emulator import GleapEmulator, Project, Request
from integration_tests.support.run_sync import run_sync
from integration_tests.support.slow_cases import slow_except

PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)
NUMBER_LIKE = st.from_regex(
    r"[0-9]{1,10}[eE][0-9]{1,12}|[0-9]{1,24}|0x[0-9a-f]{1,10}|[0-9]{1,4}_[0-9]{1,4}", fullmatch=True
)
TRICKY = [
    "65e112345678901234567890",
    "1e999",
    "1_000",
    "007",
    "None",
    "True",
    "'a'",
    '"a"',
    "[1]",
    "a\\b",
    "{{x}}",
    "1.0",
]


def sent(**own: Any) -> Request:
    with GleapEmulator(Project.empty(), **own) as emulator:
        done = run_sync(emulator.config(), ["teams"])
        assert done.errors == []
        return emulator.requests[0]


@pytest.mark.parametrize("text", slow_except(TRICKY[:2], TRICKY))
def test_tricky_project_id_and_key_reach_gleap_unchanged(text: str) -> None:
    # The emulator refuses a request with another key.
    assert sent(project_id=text, api_key=text).headers["project"] == text


@settings(max_examples=15, deadline=None)
@given(PRINTABLE | NUMBER_LIKE)
def test_any_project_id_reaches_gleap_unchanged(text: str) -> None:
    assert sent(project_id=text).headers["project"] == text


@pytest.mark.parametrize("ticket", [text for text in TRICKY if text.isalnum() or "_" in text])
def test_ticket_id_that_looks_like_a_number_is_asked_for_as_it_is(ticket: str) -> None:
    project = Project.empty()
    project.add("tickets", id=ticket)
    message = project.add("messages", ticket=ticket)
    with GleapEmulator(project) as emulator:
        done = run_sync(emulator.config(messages_mode="ticket"), ["messages"])
    assert [record["id"] for record in done.records["messages"]] == [message]


@pytest.mark.parametrize("survey", slow_except(TRICKY[:2], TRICKY))
def test_survey_id_of_any_form_is_asked_for_as_it_is(survey: str) -> None:
    project = Project.empty()
    response = project.add("survey_responses", survey_id=project.add("surveys", id=survey))
    with GleapEmulator(project) as emulator:
        done = run_sync(emulator.config(), ["survey_responses"])
    assert [record["id"] for record in done.records["survey_responses"]] == [response]
    assert {record["survey_id"] for record in done.records["survey_responses"]} == {survey}
