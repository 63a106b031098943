"""From an expected record to what Gleap sends, quirks included (docs/API.md 4).

Which of several observed forms a record gets is decided by its id, so it is the same every time.
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from integration_tests.gleap_emulator.collection import ProjectData, Record

Row = dict[str, Any]

# Fields of a ticket that clients saw on the single ticket only, not on the rows of the list (docs/API.md 4.1).
ONLY_ON_SINGLE_TICKETS = frozenset({"sentiment", "firstAssignmentAt", "conversationRating"})

ORGANISATION = "630000000000000000000001"

# What is sent besides the declared fields, and can be filtered on as well (docs/API.md 2).
# What proves who a user is; whether Gleap strips it is unknown (docs/API.md 4.12). A test looks for the mark.
SECRET = "SECRET-OF-A-USER"
USER_SECRETS: dict[str, Any] = {
    "password": f"$2b$10${SECRET}",
    "serviceAccountApiToken": SECRET,
    "otp": SECRET,
    "otpCreatedAt": SECRET,
    "code": SECRET,
    "codeCreatedAt": SECRET,
    "fcmTokens": [SECRET],
    "twoFactorAuthentication": {"secret": SECRET},
    "services": {"resume": SECRET},
    "identityProvider": {"providerId": SECRET, "userId": SECRET},
    "gaClientId": SECRET,
    "gaSessionId": SECRET,
}

EXTRAS: Mapping[str, frozenset[str]] = {
    "tickets": frozenset({"__v", "lexorank", "organisation", "secretShareToken", "isSilent", "mentions", "emailRefs"}),
    "sessions": frozenset({"__v", "organisation", "memory", "checklistTasks"}),
    "messages": frozenset({"__v", "organisation"}),
    "users": frozenset({"__v"}),
    "teams": frozenset({"__v", "project", "needQueueRerun"}),
    "surveys": frozenset({"__v", "project", "organisation", "hidden", "frequency", "sound", "pageRules", "createdBy"}),
    "survey_responses": frozenset(
        {"__v", "organisation", "type", "priority", "bugId", "outbound", "form", "formData", "notificationsUnread"}
    ),
}


def to_wire(stream: str, record: Record, project: ProjectData) -> Row:
    """The row that Gleap sends for `record`.

    :param record: the expected_records, malformed text in its raw form
    :param project: where the records that it refers to are looked up
    """
    variant = zlib.crc32(record["id"].encode())
    row = _QUIRKS[stream](record.copy(), project, variant) if stream in _QUIRKS else record.copy()
    row["__v"] = variant % 3
    return row


def serialise(row: Any) -> bytes:
    """`row` as JSON; what orjson refuses - half a surrogate pair, integers above 64 bits - as JavaScript writes it."""
    try:
        return orjson.dumps(row)
    except TypeError:
        return json.dumps(row, ensure_ascii=True, separators=(",", ":")).encode()


def _ticket(row: Row, project: ProjectData, variant: int) -> Row:
    _ids(row, both=variant % 4 == 0)
    _user(row, "processingUser", project, variant)
    _session(row, project, variant)
    if "processingTeam" in row and variant % 3 == 0:  # populated or not: unknown (4.1)
        row["processingTeam"] = {"_id": row["processingTeam"], "name": "Support"}
    if comment := project.expected_records["messages"].get(row.get("latestComment", "")):
        row["latestComment"] = {
            ("_id" if variant % 2 else "id"): comment["id"],
            "type": comment.get("type", "TEXT"),
            "bot": comment.get("bot", False),
            "data": comment.get("data", {}),
            "createdAt": comment["createdAt"],
        }
    _number(row, "conversationRating")
    if variant % 2 and row.get("notificationsUnread") in (0, 1):  # a flag to some (8.1), a count to others
        row["notificationsUnread"] = bool(row["notificationsUnread"])
    _object(row, "channel")
    row |= {
        "lexorank": f"0|{row['createdAt'][5:10]}:",
        "organisation": ORGANISATION,
        "secretShareToken": "REDACTED",
        "isSilent": False,
        "mentions": [],
        "emailRefs": [],
    }
    return row


def _session_row(row: Row, project: ProjectData, variant: int) -> Row:
    _ids(row, both=True)
    if variant % 50 == 0:
        del row["id"]
    _object(row, "location")
    _object(row, "lastPageView")
    row |= {"organisation": ORGANISATION, "memory": [], "checklistTasks": {}}
    return row


def _message(row: Row, project: ProjectData, variant: int) -> Row:
    _ids(row, both=variant % 4 == 0)
    _user(row, "user", project, variant)
    _session(row, project, variant)
    _number(row, "rating")
    row.setdefault("comment", None)  # write-only (4.3)
    row.setdefault("isNote", None)
    row["organisation"] = ORGANISATION
    return row


def _team(row: Row, project: ProjectData, variant: int) -> Row:
    _ids(row, both=True)
    if variant % 2:
        del row["id"]
        if "members" in row:  # not known not to come populated (4.4)
            row["members"] = [_populated_user(user, project) for user in row["members"]]
    row |= {"project": project.project_id, "needQueueRerun": False}
    return row


def _user_row(row: Row, project: ProjectData, variant: int) -> Row:
    _ids(row, both=variant % 2 == 0)
    return row | USER_SECRETS | {"notificationPreferences": {}, "onboardingFlow": "default"}


def _engagement(row: Row, project: ProjectData, variant: int) -> Row:
    _user(row, "createdBy", project, variant)
    _user(row, "sender", project, variant + 1)
    del row["kind"]
    _ids(row, both=True)
    row["organisation"] = ORGANISATION
    return row


def _article(row: Row, project: ProjectData, variant: int) -> Row:
    _ids(row, both=True)
    _user(row, "author", project, variant)
    del row["collection_id"]
    return row


def _activity_log(row: Row, project: ProjectData, variant: int) -> Row:
    """Rows are probably documents as messages are (docs/API.md 4.11)."""
    _ids(row, both=variant % 3 == 0)
    _user(row, "user", project, variant)
    del row["ticket_id"]
    row.setdefault("data", {"key": "STATUS", "value": "OPEN"})
    return row


def _survey(row: Row, project: ProjectData, variant: int) -> Row:
    _ids(row, both=True)
    return {
        "project": project.project_id,
        "organisation": ORGANISATION,
        "hidden": False,
        "frequency": "once",
        "sound": False,
        "pageRules": [],
        "createdBy": next(iter(project.expected_records["users"]), None),
    } | row


def _response(row: Row, project: ProjectData, variant: int) -> Row:
    """A survey response is a ticket-like document (3.6): answers in `formData`, the survey in `outbound`."""
    _ids(row, both=variant % 4 != 0)
    _session(row, project, variant)
    row["formData"] = row.pop("responses", None)
    row["outbound"] = row.pop("survey_id")
    row |= {
        "type": "SURVEY",
        "priority": "MEDIUM",
        "bugId": variant % 10_000,
        "organisation": ORGANISATION,
        "form": {"nps": {"title": "How likely …?", "type": "netpromoterscore", "name": "nps"}},
        "notificationsUnread": not row.get("read", False),
    }
    return row


# A stream without quirks needs no entry.
_QUIRKS = {
    "tickets": _ticket,
    "sessions": _session_row,
    "messages": _message,
    "ticket_activity_logs": _activity_log,
    "users": _user_row,
    "teams": _team,
    "engagements": _engagement,
    "help_center_articles": _article,
    "surveys": _survey,
    "survey_responses": _response,
}


def _ids(row: Row, both: bool) -> None:
    if both:
        row["_id"] = row["id"]


def _user(row: Row, name: str, project: ProjectData, variant: int) -> None:
    """A reference to an agent: populated with both ids or `_id` only, or a plain id; null or absent if none."""
    if name not in row:
        if variant % 2:
            row[name] = None
    elif variant % 3 != 2:
        row[name] = _populated_user(row[name], project)
        if variant % 3 == 1:
            row[name].pop("id", None)


def _populated_user(user_id: str, project: ProjectData) -> Row:
    user = project.expected_records["users"].get(user_id, {"id": user_id, "email": "gone@example.com"})
    shown = {name: user[name] for name in ("id", "email", "firstName", "lastName") if name in user}
    return {"_id": user_id, **shown, **USER_SECRETS}


def _session(row: Row, project: ProjectData, variant: int) -> None:
    """A reference to a contact: trimmed and populated (4.1), with `_id` only, or a plain id; null or absent if none."""
    if "session" not in row:
        if variant % 2:
            row["session"] = None
        return
    session_id = row["session"]
    session = project.expected_records["sessions"].get(session_id)
    if variant % 4 == 3 or session is None:
        return
    row["session"] = {"_id": session_id}
    if variant % 4 != 2:
        row["session"]["id"] = session_id
    row["session"] |= {
        name: session[name]
        for name in ("value", "gleapId", "userId", "lastActivity", "email", "name")
        if name in session
    }


def _number(row: Row, name: str) -> None:
    if isinstance(value := row.get(name), str):
        try:
            row[name] = orjson.loads(value)
        except orjson.JSONDecodeError:
            return


def _object(row: Row, name: str) -> None:
    if isinstance(value := row.get(name), str) and value.startswith("{"):
        row[name] = json.loads(value)
