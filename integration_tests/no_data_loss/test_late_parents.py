"""A list that is read for each parent starts at the start date, whatever other parents' lists have earned."""

from datetime import datetime, timedelta, timezone

from integration_tests.gleap_emulator import Fault, GleapEmulator, Project, Request
from integration_tests.support.run_sync import run_sync

NOW = datetime.now(timezone.utc)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_survey_that_is_listed_later_is_read_from_the_start_date() -> None:
    project = Project.empty()
    first_survey = project.add("surveys", days_ago(300), days_ago(300))
    project.add("survey_responses", days_ago(30), days_ago(30), survey_id=first_survey)
    with GleapEmulator(project) as emulator:
        config = emulator.config(start_date=f"{days_ago(200):%Y-%m-%dT%H:%M:%SZ}")
        first = run_sync(config, ["survey_responses"])
        late_survey = project.add("surveys", days_ago(300), days_ago(300))
        late = {
            project.add("survey_responses", days_ago(days), days_ago(days), survey_id=late_survey)
            for days in (120, 60, 29)
        }
        second = run_sync(config, ["survey_responses"], first.states)
        third = run_sync(config, ["survey_responses"], second.states)
    assert late <= {record["id"] for record in second.records["survey_responses"]}
    assert len(third.records["survey_responses"]) <= 2


def test_messages_of_a_ticket_that_is_listed_later_are_read_from_the_start_date() -> None:
    project = Project.empty()
    ticket = project.add("tickets", days_ago(50), days_ago(2))
    project.add("messages", days_ago(2), days_ago(2), ticket=ticket)
    hidden = project.add("tickets", days_ago(90), days_ago(90))
    old = project.add("messages", days_ago(90), days_ago(90), ticket=hidden)
    too_old = project.add("messages", days_ago(400), days_ago(400), ticket=hidden)

    def hide(request: Request) -> Fault | None:
        is_hidden = request.stream == "messages" and request.params.get("ticket") == hidden
        return Fault.status(404) if is_hidden else None

    with GleapEmulator(project, fault=hide) as emulator:
        config = emulator.config(start_date=f"{days_ago(200):%Y-%m-%dT%H:%M:%SZ}", messages_mode="ticket")
        first = run_sync(config, ["messages"])
        emulator.fault = None
        project.update("tickets", hidden, status="OPEN")
        second = run_sync(config, ["messages"], first.states)
    assert old not in {record["id"] for record in first.records["messages"]}
    emitted = {record["id"] for record in second.records["messages"]}
    assert old in emitted
    assert too_old not in emitted
