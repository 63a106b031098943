"""The promise: every record reaches the destination in its latest state, whatever changes while it is being read.

The real connector reads the emulator while records are updated, bulk-updated, inserted, archived, moved or deleted
before any of its requests. Lists that should come whole are cut off, the lists of some parents are refused, and parents
with old children appear after that sync. After one more, quiet sync the destination has to hold what the project holds,
but for what is refused then.

`make test` tries 10 situations, `make test-all` 500. A failure prints the smallest situation
that shows it, and a line to replay it with.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any
from unittest.mock import patch

import pytest
from airbyte_cdk.models import SyncMode
from hypothesis import event, given
from hypothesis import strategies as st

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.destination import missing_from, upsert
from integration_tests.support.run_sync import STREAMS, SyncResult, run_sync
from integration_tests.support.streams import FULL_LISTS, PAGED

DAYS = 80
REFERENCES = {"survey_responses": "survey_id", "messages": "ticket"}


@dataclass(frozen=True)
class Change:
    """What somebody does to records of a stream; `picks` choose them, whatever they are by then."""

    kind: str
    stream: str
    picks: tuple[int, ...]

    def apply(self, project: Project) -> None:
        ids = sorted(project.expected_records[self.stream])
        chosen = sorted({ids[pick % len(ids)] for pick in self.picks}) if ids else []
        if self.kind == "insert":
            if self.stream != "messages" or project.expected_records["tickets"]:
                chosen = [project.insert(self.stream)]
        elif self.kind == "delete":
            for record_id in chosen[:1]:
                project.delete(self.stream, record_id)
        elif self.kind == "archive" and self.stream == "tickets":
            for record_id in chosen:
                project.archive(record_id)
        elif self.kind == "bulk":
            project.bulk_update(self.stream, chosen)
        else:
            project.update(self.stream, chosen)
        if self.stream == "messages":
            # Where messages are read ticket by ticket, a change of one is found by the change of its ticket.
            messages, tickets = project.expected_records["messages"], project.expected_records["tickets"]
            of = {str(messages[key].get("ticket")) for key in chosen if key in messages}
            project.update("tickets", sorted(of & tickets.keys()))


@dataclass(frozen=True)
class Situation:
    """A project, a server's temper, and a way to read it."""

    streams: frozenset[str]
    """Those in the catalog; others are read as their parents."""
    ages: Mapping[str, list[int]]
    """Of each stream, the records' ages in minutes."""
    behavior: Behavior
    blind: frozenset[str]
    """The lists that take `updatedAt>` for the name of a field."""
    page_size: int
    workers: int
    lookback: int
    messages_mode: str
    tickets_mode: str
    cut: tuple[int, Any] | None
    """Where full lists are cut off, and how they say that there is more."""
    refused: frozenset[int]
    """Picks of parents whose lists are refused in the first sync."""
    is_refused_again: bool
    late: tuple[list[int], ...]
    """Of each parent that appears between the syncs, the ages of its children in minutes."""

    @property
    def parents(self) -> dict[str, str]:
        """Each parent stream with the stream that is read parent by parent."""
        of_tickets = {"tickets": "messages"} if self.messages_mode == "ticket" else {}
        return {"surveys": "survey_responses", **of_tickets}

    def project(self) -> Project:
        project, now = Project.empty(), datetime.now(timezone.utc)
        children = {child: parent for parent, child in self.parents.items()}
        # Children come after their parents.
        for stream in sorted(STREAMS, key=lambda name: name in children):
            ids = list(project.expected_records[children[stream]]) if stream in children else []
            for number, age in enumerate(self.ages.get(stream, [])):
                moment = now - timedelta(minutes=age)
                fields: dict[str, Any] = {}
                if stream in children:
                    if not ids:
                        break
                    fields[REFERENCES[stream]] = ids[number % len(ids)]
                if stream == "tickets" and number % 4 == 1:
                    fields["archived"] = True
                project.add(stream, moment - timedelta(days=number % 3), moment, **fields)
        return project

    def add_late_parents(self, project: Project) -> None:
        """Lists parents that were not listed before: changed now, with children that are as old as may be."""
        now = datetime.now(timezone.utc)
        for ages in self.late:
            for parent, child in self.parents.items():
                key = project.add(parent, now - timedelta(days=DAYS), now)
                for age in ages:
                    moment = now - timedelta(minutes=age)
                    project.add(child, moment, moment, **{REFERENCES[child]: key})

    def config(self, emulator: GleapEmulator) -> dict[str, Any]:
        start = datetime.now(timezone.utc) - timedelta(days=DAYS + 10)
        return emulator.config(
            start_date=f"{start:%Y-%m-%dT%H:%M:%SZ}",
            lookback_window=self.lookback,
            num_workers=self.workers,
            messages_mode=self.messages_mode,
            tickets_mode=self.tickets_mode,
        )

    def read(self, emulator: GleapEmulator, **options: Any) -> SyncResult:
        streams = [stream for stream in STREAMS if stream in self.streams]
        return run_sync(self.config(emulator), streams, page_size=self.page_size, **options)

    def behavior_by_stream(self) -> dict[str, Behavior]:
        # Teams and surveys are asked for without limit, and for more only where they look cut off.
        page_cap, announces_more = self.cut or (None, None)
        whole = Behavior(
            honours_sort=self.behavior.honours_sort,
            date_filters=self.behavior.date_filters,
            natural_order=self.behavior.natural_order,
            page_cap=page_cap,
            announces_more=announces_more,
        )
        blind = replace(self.behavior, date_filters="blind")
        return {
            stream: whole if stream not in PAGED else blind if stream in self.blind else self.behavior
            for stream in STREAMS
        }


minutes = st.integers(1, DAYS * 24 * 60) | st.integers(1, 200) | st.sampled_from([5, 5000])
changes = st.builds(
    Change,
    kind=st.sampled_from(["update", "bulk", "insert", "archive", "delete"]),
    stream=st.sampled_from(STREAMS),
    picks=st.lists(st.integers(0, 30), min_size=1, max_size=12).map(tuple),
)
behavior = st.builds(
    Behavior,
    page_cap=st.none() | st.integers(2, 12),
    max_page_bytes=st.none() | st.none() | st.integers(2_000, 20_000),
    honours_sort=st.booleans(),
    date_filters=st.sampled_from(["honoured", "honoured", "ignored"]),
    reads_queries=st.sampled_from(["strict", "lenient"]),
    refuses=st.sampled_from([frozenset(), frozenset(), frozenset({"sort"}), frozenset({"bounds"})]),
    natural_order=st.sampled_from(["created", "id", "updated_desc"]),
    message_order=st.sampled_from(["conversation", "sorted"]),
    max_skip=st.none() | st.none() | st.integers(2, 30),
    ignores_paging=st.sampled_from([False, False, False, True]),
    sends_total=st.booleans(),
)
# Long enough to be cut off where nothing says so.
long_lists = st.integers(20, 45).map(lambda count: [60 * number + 1 for number in range(count)])
cuts = st.tuples(st.sampled_from([20, 30]), st.none()) | st.tuples(
    st.sampled_from([3, 20]), st.sampled_from(["totalCount", "hasMore", "link"])
)
situations = st.builds(
    Situation,
    streams=st.frozensets(st.sampled_from(STREAMS), min_size=2) | st.just(frozenset(STREAMS)),
    ages=st.fixed_dictionaries(
        {
            stream: st.lists(minutes, max_size=4) | long_lists
            if stream in FULL_LISTS
            else st.lists(minutes, max_size=30 if stream in PAGED else 4)
            for stream in STREAMS
        }
    ),
    behavior=behavior,
    blind=st.frozensets(st.sampled_from(PAGED), max_size=2),
    page_size=st.sampled_from([2, 3, 4, 5, 10, 50, 1000]),
    workers=st.sampled_from([1, 2, 4, 8]),
    lookback=st.sampled_from([60, 0]),
    messages_mode=st.sampled_from(["project", "ticket"]),
    tickets_mode=st.sampled_from(["list", "detail"]),
    cut=st.none() | cuts,
    # Mostly none: a state that does not move past a refused parent hides whether it would have moved too far.
    refused=st.just(frozenset()) | st.just(frozenset()) | st.frozensets(st.integers(0, 30), min_size=1, max_size=2),
    is_refused_again=st.booleans(),
    late=st.lists(st.lists(minutes, min_size=1, max_size=4), max_size=2).map(tuple),
)


@pytest.fixture(autouse=True, scope="module")
def _small_parts() -> Iterator[None]:
    """Few records make several parts of a window."""
    with patch("source_gleap.streams._ROWS_OF_PART", 3):
        yield


class Refusals:
    """Refuses the lists of some parents of a project with 403.

    Attributes:
        parents: The ids of these parents.
        refused: Those that were asked for since it was last emptied.
    """

    def __init__(self, situation: Situation, project: Project) -> None:
        self._children = set(situation.parents.values())
        listed = [sorted(project.expected_records[parent]) for parent in situation.parents]
        self.parents = {ids[pick % len(ids)] for ids in listed if ids for pick in situation.refused}
        self.refused: set[str] = set()

    def __call__(self, request: Request) -> Fault | None:
        if request.stream not in self._children:
            return None
        asked = {request.params.get("ticket", ""), *request.path.split("/")} & self.parents
        self.refused |= asked
        return Fault.status(403) if asked else None


def is_refusal(done: SyncResult, situation: Situation, refused: Set[str] = frozenset()) -> bool:
    """Whether an error reports that Gleap refuses rows: allowed only where it refuses deep offsets."""
    summary = "did not sync successfully"  # the CDK's, which ends a sync in which a stream has failed
    others = [message for message in done.errors if summary not in message and "refused access" not in message]
    if not others:
        reported = " ".join(done.errors)
        assert [key for key in refused if key not in reported] == []
        assert bool(done.errors) == bool(refused)
        return False
    assert situation.behavior.max_skip is not None, done.errors
    assert all("refuses to list" in message for message in others), done.errors
    event("Gleap keeps rows back, and the connector says so")
    return True


@given(situations, st.lists(st.lists(changes, max_size=3), max_size=40))
def test_destination_matches_project_after_concurrent_changes(
    situation: Situation, meanwhile: list[list[Change]]
) -> None:
    destination: dict[str, dict[str, dict[str, Any]]] = {stream: {} for stream in situation.streams}

    def change(project: Project, request: Request) -> None:
        if request.number <= len(meanwhile):
            for each in meanwhile[request.number - 1]:
                each.apply(project)

    project = situation.project()
    refusals = Refusals(situation, project)
    with GleapEmulator(project, situation.behavior_by_stream(), before_request=change, fault=refusals) as emulator:
        busy = situation.read(emulator)
        if is_refusal(busy, situation, refusals.refused):
            return
        emulator.before_request = None
        refusals.refused.clear()
        if not situation.is_refused_again:
            refusals.parents.clear()
        situation.add_late_parents(project)
        quiet = situation.read(emulator, state=busy.states)
        if is_refusal(quiet, situation, refusals.refused):
            return
    for done in (busy, quiet):
        for stream in situation.streams:
            upsert(done.records[stream], destination[stream])
    exempt = {
        f"{child} {key}"
        for child in situation.parents.values()
        for key, record in project.expected_records[child].items()
        if record.get(REFERENCES[child]) in refusals.parents
    }
    missing = missing_from(destination, project, situation.tickets_mode)
    assert {key: value for key, value in missing.items() if key not in exempt} == {}


@given(situations, st.sampled_from([SyncMode.incremental, SyncMode.full_refresh]))
def test_unchanged_project_emits_each_id_once(situation: Situation, mode: SyncMode) -> None:
    project = situation.project()
    with GleapEmulator(project, situation.behavior_by_stream()) as emulator:
        done = situation.read(emulator, mode=mode)
        if is_refusal(done, situation):
            return
    for stream in situation.streams:
        assert sorted(record["id"] for record in done.records[stream]) == sorted(project.expected_records[stream])
