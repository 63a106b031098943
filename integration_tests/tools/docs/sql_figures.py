"""The figures that the queries in docs/sql must return, computed from a project's own records."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
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
    first: dict[str, tuple[datetime, str, str]] = {}
    for message in project.expected_records["messages"].values():
        if is_reply(message):
            reply = (moment(message["createdAt"]), message["id"], message["user"])
            first[message["ticket"]] = min(reply, first.get(message["ticket"], reply))
    tickets: Counter[tuple[str, str]] = Counter()
    minutes: dict[tuple[str, str], list[float]] = defaultdict(list)
    for ticket in project.expected_records["tickets"].values():
        if not ticket.get("isSpam"):
            replied_at, _, user = first.get(ticket["id"], (None, "", ""))
            agent = (agent_name(project, user) or "nobody yet", user)
            tickets[agent] += 1
            if replied_at:
                minutes[agent].append((replied_at - moment(ticket["createdAt"])) / timedelta(minutes=1))
    return [
        (agent[0], tickets[agent], quantile(minutes[agent], 0.5), quantile(minutes[agent], 0.9))
        for agent in sorted(tickets)
    ]


def tickets_per_agent_and_week(project: Project) -> list[Row]:
    tickets: Counter[tuple[date, str, str]] = Counter()
    done: Counter[tuple[date, str, str]] = Counter()
    for ticket in project.expected_records["tickets"].values():
        if not ticket.get("isSpam"):
            day, user = moment(ticket["createdAt"]).date(), ticket.get("processingUser", "")
            key = (day - timedelta(days=day.weekday()), agent_name(project, user) or "nobody", user)
            tickets[key] += 1
            done[key] += ticket["status"] == "DONE"
    return [(*key[:2], tickets[key], done[key]) for key in sorted(tickets)]


def time_in_status(project: Project) -> list[Row]:
    changes, written = defaultdict(list), defaultdict(list)
    for log in project.expected_records["ticket_activity_logs"].values():
        changes[log["ticket_id"]].append((moment(log["createdAt"]), log["id"], log["data"]["value"]))
    for message in project.expected_records["messages"].values():
        if "session" in message and "user" not in message:
            written[message["ticket"]].append(moment(message["createdAt"]))
    hours: dict[str, list[float]] = defaultdict(list)
    reopenings: Counter[str] = Counter()
    for ticket in project.expected_records["tickets"].values():
        if ticket.get("isSpam"):
            continue
        # Each stay: its status, when it began, and whether a contact began it.
        stays = [("OPEN", moment(ticket["createdAt"]), False)]
        ordered = sorted(changes[ticket["id"]])
        for number, (since, _, status) in enumerate(ordered):
            stays.append((status, since, False))
            later = [at for at in sorted(written[ticket["id"]]) if at > since]
            following = ordered[number + 1][0] if number + 1 < len(ordered) else None
            if status == "DONE" and later and (later[0] < following if following else ticket["status"] != "DONE"):
                stays.append(("OPEN", later[0], True))
        stays = [stay for number, stay in enumerate(stays) if not number or stay[0] != stays[number - 1][0]]
        for (status, since, by_contact), (_, until, _) in pairwise(stays):
            hours[status].append((until - since) / timedelta(hours=1))
            reopenings[status] += by_contact
    return [
        (status, len(found), reopenings[status], quantile(found, 0.5), quantile(found, 0.9))
        for status, found in sorted(hours.items())
    ]


def messages_per_ticket(project: Project) -> list[Row]:
    rows = {key: [ticket["bugId"], 0, 0, 0, 0, 0] for key, ticket in project.expected_records["tickets"].items()}
    for message in project.expected_records["messages"].values():
        row = rows[message["ticket"]]
        row[1] += 1
        row[2] += "session" in message and "user" not in message
        row[3] += is_reply(message)
        row[4] += message["type"] == "NOTE"
        row[5] += bool(message.get("bot"))
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


FIGURES = [
    nps_per_survey,
    first_response_time,
    time_in_status,
    tickets_per_agent_and_week,
    messages_per_ticket,
    contacts_by_plan,
]


def project_of_agents() -> Project:
    """A project of malformed texts, in which one agent has no name, one has left, and two have the same name."""
    project = Project.generate(seed=5, tickets=300, malformed=True)
    nameless, gone, one, other = list(project.expected_records["users"])[:4]
    project.update("users", nameless, firstName=None)
    project.delete("users", gone)
    project.update("users", [one, other], firstName="Kim", lastName="Lee")
    return project


def agent_name(project: Project, user_id: str) -> str:
    user = project.expected_records["users"].get(user_id, {})
    return f"{user['firstName']} {user['lastName']}" if "firstName" in user else user.get("email", user_id)


def is_reply(message: Mapping[str, Any]) -> bool:
    """Whether an agent wrote it, to the contact."""
    return "user" in message and message["type"] in ("TEXT", "CHANNEL_TEMPLATE_MESSAGE") and not message.get("bot")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def quantile(values: list[float], share: float) -> Any:
    """The value below which that share of them lies, interpolated, to a tenth; None of no values."""
    if not values:
        return None
    ordered, place = sorted(values), share * (len(values) - 1)
    low = ordered[int(place)]
    high = ordered[min(int(place) + 1, len(ordered) - 1)]
    return pytest.approx(low + (high - low) * (place % 1), abs=0.051)
