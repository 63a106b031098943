"""The figures that the queries in docs/sql must return, computed from a project's own records."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from integration_tests.gleap_emulator import Project

Row = tuple[Any, ...]
Expected = Callable[[Project], list[Row]]


def nps_per_survey(project: Project) -> list[Row]:
    scores = defaultdict(list)
    for response in project.expected_records["survey_responses"].values():
        if isinstance(answers := response.get("responses"), dict):
            scores[response["survey_id"]].append(answers["nps"])
    rows: list[Row] = []
    for survey_id, survey in sorted(project.expected_records["surveys"].items()):
        given = scores[survey_id]
        promoters, detractors = sum(score >= 9 for score in given), sum(score <= 6 for score in given)
        score = pytest.approx(100 * (promoters - detractors) / len(given), abs=0.051) if given else None
        rows.append((survey_id, survey["name"], len(given), score))
    return rows


def first_response_time(project: Project) -> list[Row]:
    first_replies: dict[str, datetime] = {}
    for message in project.expected_records["messages"].values():
        if message.get("user") and message["type"] != "NOTE" and not message.get("bot"):
            at = moment(message["createdAt"])
            first_replies[message["ticket"]] = min(at, first_replies.get(message["ticket"], at))
    minutes: dict[str, list[float]] = defaultdict(list)
    tickets: Counter[str] = Counter()
    for ticket in project.expected_records["tickets"].values():
        if not ticket.get("isSpam"):
            tickets[ticket["priority"]] += 1
            if first := first_replies.get(ticket["id"]):
                minutes[ticket["priority"]].append((first - moment(ticket["createdAt"])) / timedelta(minutes=1))
    return [
        (priority, tickets[priority], len(found := minutes[priority]), quantile(found, 0.5), quantile(found, 0.9))
        for priority in sorted(tickets)
    ]


def tickets_per_agent_and_week(project: Project) -> list[Row]:
    tickets: Counter[tuple[date, str]] = Counter()
    done: Counter[tuple[date, str]] = Counter()
    for ticket in project.expected_records["tickets"].values():
        if not ticket.get("isSpam"):
            day = moment(ticket["createdAt"]).date()
            key = (day - timedelta(days=day.weekday()), ticket.get("processingUser", "nobody"))
            tickets[key] += 1
            done[key] += ticket["status"] == "DONE"
    return [(*key, tickets[key], done[key]) for key in sorted(tickets)]


def messages_per_ticket(project: Project) -> list[Row]:
    rows = {key: [ticket["bugId"], 0, 0, 0, 0, 0] for key, ticket in project.expected_records["tickets"].items()}
    for message in project.expected_records["messages"].values():
        row, is_note, is_bot = rows[message["ticket"]], message["type"] == "NOTE", bool(message.get("bot"))
        row[1] += 1
        row[2] += "session" in message and "user" not in message
        row[3] += "user" in message and not is_note and not is_bot
        row[4] += is_note
        row[5] += is_bot
    return sorted(((key, *row) for key, row in rows.items()), key=lambda row: (-row[2], row[0]))


def contacts_by_plan(project: Project) -> list[Row]:
    by_plan = defaultdict(list)
    for session in project.expected_records["sessions"].values():
        by_plan[session.get("plan", "none")].append(session)
    return [
        (
            plan,
            len(found),
            sum(session["userId"] != session["gleapId"] for session in found),
            len({session["companyId"] for session in found if "companyId" in session}),
            pytest.approx(sum(session["value"] for session in found)),
        )
        for plan, found in sorted(by_plan.items())
    ]


FIGURES = [nps_per_survey, first_response_time, tickets_per_agent_and_week, messages_per_ticket, contacts_by_plan]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def quantile(values: list[float], share: float) -> Any:
    """The value below which that share of them lies, interpolated, to a tenth."""
    ordered, place = sorted(values), share * (len(values) - 1)
    low = ordered[int(place)]
    high = ordered[min(int(place) + 1, len(ordered) - 1)]
    return pytest.approx(low + (high - low) * (place % 1), abs=0.051)
