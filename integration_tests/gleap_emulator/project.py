"""The data of one Gleap project: what the server sends, what a test compares with, and how it changes."""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from random import Random
from typing import Any

from integration_tests.gleap_emulator import serialization
from integration_tests.gleap_emulator.collection import Collection
from integration_tests.gleap_emulator.endpoints import CHILDREN, ENDPOINTS
from integration_tests.gleap_emulator.malformed import inject
from integration_tests.gleap_emulator.record_factory import Record, RecordFactory, iso
from source_gleap.manifest import load_manifest, stream_names
from unit_tests.components.malformed_json import clean, json_column

STREAMS = stream_names()
_JSON_FIELDS = {
    stream: {name for name, field in schema["properties"].items() if field.get("$ref") == "#/definitions/types/json"}
    for stream, schema in load_manifest()["schemas"].items()
}
PROJECT_ID = "640000000000000000000abc"

# Streams whose records refer to each other. Of any other, the factory's method of its name makes some.
_GENERATED = frozenset(
    {"tickets", "sessions", "messages", "users", "teams", "surveys", *(child for _, child in CHILDREN)}
)

_DAY = 86_400_000
_YEAR = 365 * _DAY

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


class Project:
    """A collection of records for each stream. Every change is made under `lock` and dated.

    `expected_records[stream][id]` is the record that a good connector emits: declared fields of declared types,
    references as plain ids, dates as `YYYY-MM-DDTHH:mm:ss.sssZ`, JSON fields as Python objects or, where they are
    none, as JSON text, what is missing left out. A record is never changed in place:
    `dict(project.expected_records[stream])` is a snapshot.

    :param clock: what time it is; may be replaced
    """

    def __init__(self, clock: Clock | None = None, seed: int = 7) -> None:
        self.clock = clock or utc_now
        self.project_id = PROJECT_ID
        self.lock = threading.RLock()
        self.collections = {
            stream: Collection(
                partial(serialization.to_wire, stream, project=self),
                serialization.serialise,
                serialization.EXTRAS.get(stream, frozenset()),
            )
            for stream in STREAMS
        }
        self.expected_records: Mapping[str, Mapping[str, Record]] = {
            stream: collection.records for stream, collection in self.collections.items()
        }
        self._content = RecordFactory(Random(seed), _milliseconds(self.clock()), PROJECT_ID)

    @classmethod
    def empty(cls, clock: Clock | None = None, seed: int = 7) -> "Project":
        """A project without a record, for `add`."""
        return cls(clock, seed)

    @classmethod
    def generate(
        cls,
        seed: int = 7,
        tickets: int = 3000,
        now: datetime | None = None,
        days: int = 365,
        malformed: bool = False,
        clock: Clock | None = None,
    ) -> "Project":
        """A project that is `days` old and has been busy all the time. The same arguments give the same project.

        A third as many contacts as tickets, about two messages a ticket, 4 teams, 6 surveys (two of them last changed
        years ago, the last one without responses), a fifth as many survey responses, about two log entries a ticket,
        some of everything else. A third of the records was never edited, most soon after they were made, some much
        later; 5 % of the tickets in one bulk edit.

        :param now: the latest moment of all data; default: the clock's
        :param malformed: put text and numbers in that break what reads them
        """
        project = cls(clock, seed)
        _generate(project, project._content, tickets, _milliseconds(now or project.clock()), days)
        if malformed:
            inject(project.expected_records, project.update, project._content.rng)
        return project

    def add(
        self,
        stream: str,
        createdAt: datetime | str | None = None,  # noqa: N803 # Gleap's names
        updatedAt: datetime | str | None = None,  # noqa: N803
        **fields: Any,
    ) -> str:
        """Adds a record with those of these fields that are not None; the dates default to the clock's time.

        What needs a parent and names none belongs to the first, which is made if there is none. What needs a kind and
        names none is of the first.
        """
        with self.lock:
            created = _date(createdAt) or self._stamp()
            for (parent, child), name in CHILDREN.items():
                if child == stream != "messages" and name not in fields:
                    fields[name] = next(iter(self.expected_records[parent]), None) or self.add(parent, created)
            for endpoint in ENDPOINTS:
                if endpoint.stream == stream and endpoint.kinds:
                    fields.setdefault(str(endpoint.parent_field), min(endpoint.kinds))
            dates = {"createdAt": created, "updatedAt": _date(updatedAt) or created}
            record = {name: value for name, value in fields.items() if value is not None} | dates
            record.setdefault("id", self._content.new_id())
            self._put(stream, record)
            return str(record["id"])

    def insert(self, stream: str) -> str:
        """Adds a record of generated content, made now. An activity changes its ticket."""
        with self.lock:
            content, now = self._content, _milliseconds(self.clock())
            content.now = max(content.now, now)
            make = getattr(content, stream.removesuffix("s"))
            parent = next((parent for parent, child in CHILDREN if child == stream), None)
            record = make(self.expected_records[parent][self._any(parent)], now, now) if parent else make(now, now)
            self._put(stream, record)
            if stream == "ticket_activity_logs":
                self.update("tickets", record["ticket_id"])
            return str(record["id"])

    def update(self, stream: str, ids: str | Iterable[str], **fields: Any) -> None:
        """Changes records, one after the other. A field set to None is removed; `updatedAt` may be given.

        A change of a ticket's activities changes the ticket.
        """
        with self.lock:
            for record_id in [ids] if isinstance(ids, str) else list(ids):
                record = {**self._raw(stream, record_id), "updatedAt": self._stamp(), **fields}
                self._put(stream, {name: value for name, value in record.items() if value is not None})
                if stream == "ticket_activity_logs":
                    self.update("tickets", record["ticket_id"])

    def bulk_update(self, stream: str, ids: Iterable[str], **fields: Any) -> str:
        """Changes records in one millisecond, which it returns, as a bulk edit in the dashboard does."""
        with self.lock:
            stamp = self._stamp()
            self.update(stream, ids, **{"updatedAt": stamp, **fields})
            return stamp

    def archive(self, ticket_id: str) -> None:
        with self.lock:
            stamp = self._stamp()
            self.update("tickets", ticket_id, archived=True, archivedAt=stamp, updatedAt=stamp)

    def unarchive(self, ticket_id: str) -> None:
        self.update("tickets", ticket_id, archived=None, archivedAt=None)

    def delete(self, stream: str, record_id: str) -> None:
        """Removes a record and what can only be reached by it: a ticket's messages, a survey's responses."""
        with self.lock:
            self.collections[stream].remove(record_id)
            for (parent, child), name in CHILDREN.items():
                if stream == parent:
                    for child_id in [
                        key for key, record in self.expected_records[child].items() if record.get(name) == record_id
                    ]:
                        self.collections[child].remove(child_id)

    def change(self, count: int, seed: int | None = None) -> dict[str, list[str]]:
        """Updates `count` tickets at random and inserts a fifth as many, at least one; returns their ids.

        :param seed: what to choose them by; by default the project's own sequence goes on
        """
        with self.lock:
            if seed is not None:
                self._content.rng.seed(seed)
            ids = list(self.expected_records["tickets"])
            updated = self._content.rng.sample(ids, min(count, len(ids)))
            self.update("tickets", updated, status="INPROGRESS")
            return {"updated": updated, "inserted": [self.insert("tickets") for _ in range(max(1, count // 5))]}

    def set_id(self, project_id: str) -> None:
        """Gives the project another id, and the records that name it; their dates stay."""
        with self.lock:
            self.project_id = self._content.project_id = project_id
            for stream, records in self.expected_records.items():
                for record_id in list(records):
                    record = self._raw(stream, record_id)
                    # Rows name the project even where records do not, so every record is put.
                    self._put(stream, {**record, "project": project_id} if "project" in record else record)

    def warm(self) -> None:
        """Serialises every row in full, so that no request has to."""
        with self.lock:
            for collection in self.collections.values():
                collection.rows(collection.records)

    def _put(self, stream: str, record: Record) -> None:
        cleaned = {name: clean(value) for name, value in record.items()}
        for name in _JSON_FIELDS[stream] & cleaned.keys():
            if isinstance(cleaned[name], str) and (text := cleaned.pop(name)):
                held = json_column(text)
                cleaned[name] = held if isinstance(held, (dict, list)) else json.dumps(held, ensure_ascii=False)
        self.collections[stream].put(
            cleaned, {name: value for name, value in record.items() if repr(value) != repr(cleaned.get(name))}
        )

    def _raw(self, stream: str, record_id: str) -> Record:
        collection = self.collections[stream]
        return {**collection.records[record_id], **collection.raw.get(record_id, {})}

    def _any(self, stream: str) -> str:
        return self._content.rng.choice(list(self.expected_records[stream]))

    def _stamp(self) -> str:
        return iso(_milliseconds(self.clock()))


def _generate(project: Project, content: RecordFactory, tickets: int, now: int, days: int) -> None:
    content.now, rng = now, content.rng

    def put(stream: str, record: Record) -> Record:
        project.collections[stream].put(record)
        return record

    def dates() -> tuple[int, int]:
        created = now - 1 - int(rng.random() * days * _DAY)
        kind = rng.random()
        if kind < 0.35:
            return created, created
        if kind < 0.93:
            return created, content.after(created)
        return created, created + int(rng.random() * (now - created))

    for _ in range(8):
        content.users.append(put("users", content.user(*dates()))["id"])
    for _ in range(4):
        content.teams.append(put("teams", content.team(*dates()))["id"])
    for number in range(6):
        created = now - days * _DAY - (number + 1) * _YEAR
        updated = created + _DAY if number < 2 else max(created, now - int(rng.random() * days * _DAY))
        content.surveys.append(put("surveys", content.survey(created, updated))["id"])
    with_responses = list(project.expected_records["surveys"].values())[:-1]
    for _ in range(tickets // 3):
        content.sessions.append(put("sessions", content.session(*dates()))["id"])
    bulk = now - int(days * _DAY / 10)
    for _ in range(tickets):
        created, updated = dates()
        if created < bulk and content.chance(0.055):
            updated = bulk
        opened, ticket = created, content.ticket(created, updated)
        while content.chance(2 / 3):
            created = content.after(created, _DAY / 8)
            message = put(
                "messages", content.message(ticket, created, content.after(created) if rng.random() < 0.1 else created)
            )
            ticket["latestComment"] = message["id"]
        content.tickets.append(put("tickets", ticket)["id"])
        last = content.after(updated - 1, 1)
        logs = []
        while content.chance(2 / 3):
            logs.append(content.ticket_activity_log(ticket, last, last))
        for number, log in enumerate(logs, 1):
            date = iso(opened + (last - opened) * number // len(logs))
            if number < len(logs):
                log["data"] = {"key": "STATUS", "value": ("INPROGRESS", "DONE")[number % 2]}
            put("ticket_activity_logs", log | {"createdAt": date, "updatedAt": date})
    for _ in range(tickets // 5):
        put("survey_responses", content.survey_response(rng.choice(with_responses), *dates()))
    for stream in STREAMS:
        if stream not in _GENERATED:
            for _ in range(5):
                put(stream, getattr(content, stream.removesuffix("s"))(*dates()))
    for collection in list(project.expected_records["help_center_collections"].values())[:-1]:
        for _ in range(4):
            put("help_center_articles", content.help_center_article(collection, *dates()))


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)


def _date(moment: datetime | str | None) -> str | None:
    return iso(_milliseconds(moment)) if isinstance(moment, datetime) else moment
