"""Generates records: realistic content, as plain expected_records with exactly the declared fields.

What a record says is made up; which fields there are, and of which types, is known (docs/API.md 4).
"""

from dataclasses import dataclass, field
from datetime import datetime, timezone
from random import Random
from typing import Any

import orjson

from integration_tests.gleap_emulator import sample_text
from integration_tests.gleap_emulator.endpoints import ENGAGEMENT_KINDS
from integration_tests.gleap_emulator.sample_text import pick, text, tiptap

Record = dict[str, Any]

_DAY = 86_400_000


def iso(milliseconds: int) -> str:
    """Milliseconds since 1970 as Gleap writes dates (docs/API.md 4.7)."""
    at = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


@dataclass
class RecordFactory:
    """Makes records that refer to each other; every method returns one, its id at `id`.

    :param rng: what all of it is drawn from
    :param now: milliseconds; nothing is later
    """

    rng: Random
    now: int
    project_id: str
    users: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    surveys: list[str] = field(default_factory=list)
    collections: list[str] = field(default_factory=list)
    bug_id: int = 0

    def new_id(self) -> str:
        """24 hexadecimal digits, at least one of them a letter."""
        return f"{self.rng.getrandbits(92):023x}{pick(self.rng, 'abcdef')}"

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def flags(self, record: Record, **probabilities: float) -> None:
        """Sets each flag with its probability; the others are sent as false or, mostly, not at all (docs/API.md 4)."""
        for name, probability in probabilities.items():
            if self.chance(probability):
                record[name] = True
            elif self.chance(0.3):
                record[name] = False

    def after(self, created: int, mean: float = 2 * _DAY) -> int:
        """A moment after `created`, soon as a rule."""
        return min(self.now, created + 1 + int(self.rng.expovariate(1 / mean)))

    def user(self, created: int, updated: int) -> Record:
        """An agent, whom tickets, messages, teams and others refer to (docs/API.md 4.8)."""
        user_id = self.new_id()
        record: Record = {
            "id": user_id,
            "email": f"agent.{user_id[:4]}@example.com",
            "firstName": pick(self.rng, sample_text.FIRST_NAMES),
            "lastName": pick(self.rng, sample_text.LAST_NAMES),
            "userType": pick(self.rng, ("default", "sso", "service_account")),
            "role": pick(self.rng, ("ADMIN", "AGENT")),
            "unavailableProjects": [],
            "lastSeen": iso(self.after(updated)),
            "createdAt": iso(created),
            "updatedAt": iso(updated),
        }
        self.flags(record, available=0.7, confirmed=0.9, hidden=0.05, completedOnboarding=0.9)
        if self.chance(0.5):
            record["profileImageUrl"] = f"https://cdn.example.com/{user_id}.png"
            record["lastAutoAssign"] = iso(updated)
        return record

    def engagement(self, created: int, updated: int) -> Record:
        """An engagement of any kind but surveys (docs/API.md 4.5)."""
        kind = pick(self.rng, sorted(ENGAGEMENT_KINDS))
        record = self.survey(created, updated) | {
            "kind": kind,
            "type": kind.removesuffix("s").replace("-", "_").upper(),
            "targetAudience": "all",
            "frequency": "once",
            "pageRules": [{"pageFilter": "/übersicht", "pageFilterType": "contains"}],
            "hidden": False,
            "project": self.project_id,
        }
        if self.users:
            record["sender"] = record["createdBy"] = pick(self.rng, self.users)
        self.flags(record, sent=0.5, newTrigger=0.5)
        record["sound"] = self.chance(0.2)
        return record

    def help_center_collection(self, created: int, updated: int) -> Record:
        """A collection of the help center, some of them within another (docs/API.md 4.9)."""
        record: Record = {
            "id": self.new_id(),
            "title": {"en": "First steps", "de": "Erste Schritte ✨"},
            "description": {"en": text(self.rng, 1, 1)},
            "docId": 1 + len(self.collections),
            "lexorank": f"0|{len(self.collections):06d}:",
            "targetAudience": "all",
            "baseAudienceFilter": [],
            "project": self.project_id,
            "createdAt": iso(created),
            "updatedAt": iso(updated),
        }
        if self.collections and self.chance(0.5):
            record["parent"] = pick(self.rng, self.collections)
        self.collections.append(record["id"])
        return record

    def help_center_article(self, collection: Record, created: int, updated: int) -> Record:
        """An article of the help center (docs/API.md 4.10)."""
        content = text(self.rng, 1, 3)
        record: Record = {
            "id": self.new_id(),
            "collection_id": collection["id"],
            "helpcenterCollection": collection["id"],
            "title": {"en": pick(self.rng, sample_text.TITLES)},
            "description": {"en": ""},
            "plainContent": {"en": content},
            "content": {"en": tiptap(content)},
            "isDraft": self.chance(0.2),
            "docId": int(self.rng.random() * 1000),
            "sourceUsage": int(self.rng.random() * 50),
            "lexorank": "0|hzzzzz:",
            "targetAudience": "all",
            "baseAudienceFilter": [],
            "tags": self.rng.sample(sample_text.TAGS, int(self.rng.random() * 3)),
            "project": self.project_id,
            "createdAt": iso(created),
            "updatedAt": iso(updated),
        }
        if self.users and self.chance(0.5):
            record["author"] = pick(self.rng, self.users)
        return record

    def ticket_activity_log(self, ticket: Record, created: int, updated: int) -> Record:
        """A change of a ticket's status, made up: what a row holds is unknown (docs/API.md 4.11)."""
        record: Record = {
            "id": self.new_id(),
            "ticket_id": ticket["id"],
            "type": "FEEDBACK_UPDATED",
            "data": {"key": "STATUS", "value": ticket.get("status", "OPEN")},
            "createdAt": iso(created),
            "updatedAt": iso(updated),
        }
        if self.users:
            record["user"] = pick(self.rng, self.users)
        return record

    def team(self, created: int, updated: int) -> Record:
        record: Record = {
            "id": self.new_id(),
            "name": f"{pick(self.rng, ('Support', 'Entwicklung', 'Büro Süd', 'Sales 💶'))} {len(self.teams) + 1}",
            "assignmentMethod": pick(self.rng, ("random", "balanced", "manual", "circular")),
            "members": self.rng.sample(self.users, min(3, len(self.users))),
            "ticketAmount": self.rng.randrange(1, 20),
            "slaOptions": {"defaultSla": 3600},
            "operatingHours": {
                "enabled": True,
                "alwaysOnline": False,
                "timezone": "Europe/Vienna",
                "openingTimes": [{"day": "monday", "openingTime": "09:00", "closingTime": "17:00"}],
                "staticTranslations": {"outOfOfficeMessage": {"de": "Wir sind ab 9 Uhr zurück.", "en": "Back at 9."}},
            },
            "createdAt": iso(created),
            "updatedAt": iso(updated),
        }
        self.flags(record, selectOnlyOnlineMembers=0.5, limitTicketAmount=0.5)
        return record

    def survey(self, created: int, updated: int) -> Record:
        question = {
            "name": "nps",
            "type": "netpromoterscore",
            "title": {"en": "How likely …?", "de": "Wie wahrscheinlich …?"},
        }
        return {
            "id": self.new_id(),
            "name": f"{pick(self.rng, ('Q1 NPS', 'Zufriedenheit', 'Onboarding ✨', 'CES'))} {len(self.surveys) + 1}",
            "type": "SURVEY",
            "subType": pick(self.rng, ("NPS", "CSAT", "CUSTOM")),
            "status": pick(self.rng, ("live", "draft", "paused")),
            "format": pick(self.rng, ("survey", "survey_full", "survey_web")),
            "config": {"form": [question, {"name": "comment", "type": "textarea"}]},
            "subject": {"localized": {"en": "How are we doing?", "de": "Wie läuft's?"}},
            "message": {"localized": {"en": text(self.rng, 1, 2)}},
            "conditions": [],
            "stats": {"seen": self.rng.randrange(1000), "replied": self.rng.randrange(100)},
            "startSendingAfter": iso(created + _DAY),
            "tags": [],
            "createdAt": iso(created),
            "updatedAt": iso(updated),
        }

    def session(self, created: int, updated: int) -> Record:
        rng = self.rng
        session_id, known = self.new_id(), self.chance(0.8)
        gleap_id = f"{session_id[:8]}-{session_id[8:12]}-4000-8000-{session_id[12:]}"
        last_seen = self.after(updated, _DAY)
        country, city = sample_text.CITIES[int(rng.random() * len(sample_text.CITIES))]
        record: Record = {
            "id": session_id,
            "gleapId": gleap_id,
            "gleapHash": f"hash-{session_id[::-1]}",
            # Of anonymous contacts it equals gleapId (4.2).
            "userId": f"user_{session_id[:6]}" if known else gleap_id,
            "lang": pick(rng, ("de", "en", "fr", "ja")),
            "location": orjson.dumps({"country": country, "city": city}).decode(),
            "deviceType": pick(rng, ("web", "mobile")),
            "platform": pick(rng, ("web", "iOS", "Android")),
            "value": int(rng.random() * 500) if known else 0,
            "sessions": 1 + int(rng.random() * 50),
            "countFeedbackReports": int(rng.random() * 5),
            "countFeedbackComments": int(rng.random() * 20),
            "tags": [pick(rng, sample_text.TAGS)] if self.chance(0.3) else [],
            "customData": {"signupDate": iso(created)[:10], "seats": int(rng.random() * 30)} if known else {},
            "eventData": {},
            "outboundHistory": {pick(rng, self.surveys): iso(updated)} if self.surveys and self.chance(0.3) else {},
            "project": self.project_id,
            "firstActivity": iso(created),
            "lastActivity": iso(last_seen),
            "createdAt": iso(created),
            "updatedAt": iso(updated),
        }
        if known:
            first, last = pick(rng, sample_text.FIRST_NAMES), pick(rng, sample_text.LAST_NAMES)
            record["name"] = f"{first} {last}"
            record["email"] = f"{session_id[:6]}@example.com"
        if self.chance(0.4):
            record["companyId"] = f"c-{int(rng.random() * 100)}"
            record["companyName"] = pick(rng, sample_text.COMPANIES)
            record["plan"] = pick(rng, ("FREE", "PRO", "ENTERPRISE"))
            record["sla"] = 3600
        if self.chance(0.2):
            record["phone"] = f"+43 1 {int(rng.random() * 1_000_000):06d}"
            record["avatar"] = f"https://cdn.example.com/{session_id}.png"
        if self.chance(0.5):
            page = {"page": "https://app.example.com/übersicht", "date": iso(last_seen)}
            record["lastPageView"] = orjson.dumps(page).decode()
            record["lastHeardFrom"] = record["lastFeedbackReport"] = iso(last_seen)
        self.flags(record, blocked=0.02, unsubscribed=0.1, emailOnly=0.1)
        if record.get("unsubscribed"):
            record["unsubscribedAt"] = iso(updated)
        return record

    def ticket(self, created: int, updated: int) -> Record:
        rng = self.rng
        self.bug_id += 1
        ticket_id, content = self.new_id(), text(rng, 1, 3)
        status = pick(rng, ("OPEN", "OPEN", "INPROGRESS", "DONE", "DONE", "PLANNED", "SNOOZED", "k3j9d2"))
        form_data: Record = {"description": tiptap(content) if self.chance(0.2) else content}
        if self.chance(0.5):
            form_data |= {"call_flow": self.chance(0.5), "severity": int(rng.random() * 5), "größe": "XL"}
        record: Record = {
            "id": ticket_id,
            "bugId": self.bug_id,
            "type": pick(
                rng, ("BUG", "BUG", "INQUIRY", "INQUIRY", "FEATURE_REQUEST", "CRASH", "BOT", "CUSTOMERSUCCESS")
            ),
            "status": status,
            "priority": pick(rng, ("LOW", "MEDIUM", "HIGH")),
            "priorityOrder": 1 + int(rng.random() * 3),
            "tags": rng.sample(sample_text.TAGS, int(rng.random() * 3)),
            "upvotesCount": int(rng.random() * 4),
            "duplicatesCount": 0,
            "shareToken": f"share-{ticket_id[::-1]}",
            "formData": form_data,
            "metaData": {
                "browser": f"{pick(rng, ('Chrome', 'Safari', 'Firefox'))} {100 + int(rng.random() * 40)}",
                "systemName": pick(rng, ("MacOS", "Windows", "iOS", "Android")),
                "currentUrl": f"https://app.example.com/orders/{int(rng.random() * 1e6)}",
                "sdkType": "javascript",
                "language": pick(rng, ("de-AT", "en-US", "fr")),
                "devicePixelRatio": 1.5,
                "mobile": self.chance(0.3),
            },
            "channel": orjson.dumps({"id": "widget", "type": pick(rng, ("WIDGET", "EMAIL", "WHATSAPP"))}).decode(),
            "attachments": [],
            "linkedTickets": [],
            "lastResponse": {"contact": iso(created)},
            "project": self.project_id,
            "lastNotification": iso(updated),
            "notificationsUnread": int(rng.random() * 3) if self.chance(0.3) else int(self.chance(0.5)),
            "createdAt": iso(created),
            "updatedAt": iso(updated),
        }
        if self.chance(0.75):  # often absent: the text is in formData then (4.1)
            record["title"] = pick(rng, sample_text.TITLES)
        if self.chance(0.85) and self.sessions:
            record["session"] = pick(rng, self.sessions)
        if self.chance(0.7) and self.users:
            record["processingUser"] = pick(rng, self.users)
            record["firstAssignmentAt"] = iso(self.after(created, _DAY / 24))
        if self.chance(0.4) and self.teams:
            record["processingTeam"] = pick(rng, self.teams)
        if self.chance(0.03) and self.tickets:
            record["duplicateOf"] = pick(rng, self.tickets)
            record["linkedTickets"] = [record["duplicateOf"]]
        if self.chance(0.03) and self.surveys:
            record["outbound"] = pick(rng, self.surveys)
        self._rare_fields(record, content, created, updated)
        self.flags(record, isSpam=0.03, hidden=0.01, slaBreached=0.1, hasAgentReply=0.6, noHumanInteraction=0.1)
        self.flags(record, conversationClosed=0.2, snoozed=float(status == "SNOOZED"))
        if status == "DONE" and self.chance(0.5):
            record["closedAt"] = iso(updated)
        if status == "SNOOZED":
            record["snoozedUntil"] = iso(self.now + _DAY)
        if self.chance(0.12):
            record["archived"], record["archivedAt"] = True, iso(updated)
        elif self.chance(0.3):
            record["archived"] = False
        return record

    def _rare_fields(self, record: Record, content: str, created: int, updated: int) -> None:
        rng = self.rng
        if self.chance(0.4):
            record["plainContent"] = content
        if self.chance(0.3):
            record["sentiment"] = pick(rng, ("positive", "neutral", "negative"))
            record["aiSummary"] = text(rng, 1, 1)
        if self.chance(0.1):
            record["form"] = {"description": {"title": "Beschreibung", "type": "textarea", "value": content}}
        if self.chance(0.1):
            record["description"] = content
            record["dueDate"] = iso(updated + 7 * _DAY)
            record["score"] = round(rng.random() * 10, 2)
        if self.chance(0.3):
            record["customData"] = {
                "tenant": pick(rng, sample_text.COMPANIES),
                "seats": int(rng.random() * 99),
                "beta": None,
            }
        if self.chance(0.05):
            record["attributes"] = {"order": created, "ratio": 0.1}
            record["integrations"] = {"jira": {"key": f"APP-{self.bug_id}"}}
        if self.chance(0.2):
            record["humanHandoff"] = {"at": iso(self.after(created))}
        self.flags(record, isTestRun=0.02, initiatedByAgent=0.1)
        if self.chance(0.1):
            record["conversationRating"] = pick(rng, ("2", "6", "10"))  # three faces (docs/API.md 4.1))
        if self.chance(0.15):
            name = f"Bildschirmfoto {self.bug_id}.png"
            record["attachments"] = [{"name": name, "url": "https://cdn.example.com/a.png", "type": "image/png"}]

    def message(self, ticket: Record, created: int, updated: int) -> Record:
        rng, message_id = self.rng, self.new_id()
        kind = pick(rng, ("TEXT", "TEXT", "USER_TEXT", "USER_TEXT", "NOTE", "BOT", "BOT_REPLY", "FEEDBACK_UPDATED"))
        record: Record = {
            "id": message_id,
            "ticket": ticket["id"],
            "type": kind,
            "attachments": [],
            "statusHistory": [],
            "project": self.project_id,
            "createdAt": iso(created),
            "updatedAt": iso(updated),
        }
        if kind != "FEEDBACK_UPDATED":  # system rows have no content (4.3)
            content = text(rng, 1, 2)
            record["data"] = {"content": tiptap(content) if self.chance(0.4) else content}
        if kind in ("TEXT", "NOTE") and self.users:
            record["user"] = pick(rng, self.users)
        if kind == "USER_TEXT" and "session" in ticket:
            record["session"] = ticket["session"]
        self.flags(record, bot=float(kind.startswith("BOT")), isReply=0.4, kaiChat=0.1, sendToChannel=0.3)
        self.flags(record, sessionNotificationsUnread=0.1, outbound=0.02)
        if self.chance(0.05):
            record["rating"] = pick(rng, ("1", "3", "5"))
            record["aiData"] = {"model": "kai", "sources": [{"score": 0.75}]}
            record["translatedData"] = {"de": {"content": "Übersetzt: größer"}}
        if self.chance(0.05):
            record["status"] = pick(rng, ("delivered", "seen"))
            record["emailId"] = f"<{message_id}@mail.example.com>"
            record["outboundSubject"] = "Re: Ihre Anfrage"
            record["channel"] = {"id": "mail", "type": "EMAIL", "messageId": message_id}
            record["outboundTemplate"] = self.new_id()
        if self.chance(0.05):
            record["actions"] = [{"type": "button", "data": {"label": "Öffnen"}}]
            record["messageRef"] = record["replyTo"] = self.new_id()
        return record

    def survey_response(self, survey: Record, created: int, updated: int) -> Record:
        rng = self.rng
        record: Record = {
            "id": self.new_id(),
            "survey_id": survey["id"],
            "responses": {"nps": int(rng.random() * 11), "comment": text(rng, 0, 2)},
            "metaData": {"browser": "Chrome", "currentUrl": "https://app.example.com/", "language": "en"},
            "customData": {},
            "tags": [],
            "createdAt": iso(created),
            "updatedAt": iso(updated),
        }
        if self.sessions and self.chance(0.9):
            record["session"] = pick(rng, self.sessions)
        self.flags(record, read=0.5)
        return record
