"""The promise: every record reaches the destination in its latest state, whatever changes while it is being read.

The real connector reads the emulator while records are updated, bulk-updated, inserted, archived, moved or deleted
before any of its requests. After one more, quiet sync the destination has to hold what the project holds.

`make test` tries 10 situations, `make test-all` 500. A failure prints the smallest situation
that shows it, and a line to replay it with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from airbyte_cdk.models import SyncMode
from hypothesis import event, given
from hypothesis import strategies as st

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project, Request
from integration_tests.support.destination import missing_from, upsert
from integration_tests.support.run_sync import STREAMS, SyncResult, run_sync
from integration_tests.support.streams import PAGED

DAYS = 80


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
                project.insert(self.stream)
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


@dataclass(frozen=True)
class Situation:
    """A project, a server's temper, and a way to read it."""

    ages: Mapping[str, list[int]]
    """Of each stream, the records' ages in minutes."""
    behavior: Behavior
    blind: frozenset[str]
    """The lists that take `updatedAt>` for the name of a field."""
    page_size: int
    workers: int
    lookback: int

    def project(self) -> Project:
        project, now = Project.empty(), datetime.now(timezone.utc)
        survey_ids: list[str] = []
        for stream in ("surveys", *STREAMS):
            if stream == "surveys" and survey_ids:
                continue
            for number, age in enumerate(self.ages.get(stream, [])):
                moment = now - timedelta(minutes=age)
                fields: dict[str, Any] = {}
                if stream == "survey_responses":
                    if not survey_ids:
                        break
                    fields["survey_id"] = survey_ids[number % len(survey_ids)]
                if stream == "tickets" and number % 4 == 1:
                    fields["archived"] = True
                key = project.add(stream, moment - timedelta(days=number % 3), moment, **fields)
                if stream == "surveys":
                    survey_ids.append(key)
        return project

    def config(self, emulator: GleapEmulator) -> dict[str, Any]:
        start = datetime.now(timezone.utc) - timedelta(days=DAYS + 10)
        return emulator.config(
            start_date=f"{start:%Y-%m-%dT%H:%M:%SZ}", lookback_window=self.lookback, num_workers=self.workers
        )

    def behavior_by_stream(self) -> dict[str, Behavior]:
        # Teams and surveys are asked for in one request, without limit and skip.
        whole = Behavior(honours_sort=self.behavior.honours_sort, date_filters=self.behavior.date_filters)
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
situations = st.builds(
    Situation,
    ages=st.fixed_dictionaries(
        {stream: st.lists(minutes, max_size=4 if stream not in PAGED else 30) for stream in STREAMS}
    ),
    behavior=behavior,
    blind=st.frozensets(st.sampled_from(PAGED), max_size=2),
    page_size=st.sampled_from([2, 3, 4, 5, 10, 50, 1000]),
    workers=st.sampled_from([1, 2, 4, 8]),
    lookback=st.sampled_from([60, 0]),
)


def is_refusal(done: SyncResult, situation: Situation) -> bool:
    """Whether the connector said that Gleap keeps rows from it: allowed only where deep offsets are refused."""
    if not done.errors:
        return False
    assert situation.behavior.max_skip is not None, done.errors
    summary = "did not sync successfully"  # the CDK's, which ends a sync in which a stream has failed
    assert all("refuses to list" in message or summary in message for message in done.errors), done.errors
    event("Gleap keeps rows back, and the connector says so")
    return True


@given(situations, st.lists(st.lists(changes, max_size=3), max_size=40))
def test_destination_matches_project_after_concurrent_changes(
    situation: Situation, meanwhile: list[list[Change]]
) -> None:
    destination: dict[str, dict[str, dict[str, Any]]] = {stream: {} for stream in STREAMS}

    def change(project: Project, request: Request) -> None:
        if request.number <= len(meanwhile):
            for each in meanwhile[request.number - 1]:
                each.apply(project)

    project = situation.project()
    with GleapEmulator(project, situation.behavior_by_stream(), before_request=change) as emulator:
        busy = run_sync(situation.config(emulator), page_size=situation.page_size)
        emulator.before_request = None
        if is_refusal(busy, situation):
            return
        quiet = run_sync(situation.config(emulator), state=busy.states, page_size=situation.page_size)
        if is_refusal(quiet, situation):
            return
    for done in (busy, quiet):
        for stream in STREAMS:
            upsert(done.records[stream], destination[stream])
    assert missing_from(destination, project) == {}


@given(situations, st.sampled_from([SyncMode.incremental, SyncMode.full_refresh]))
def test_unchanged_project_emits_each_id_once(situation: Situation, mode: SyncMode) -> None:
    project = situation.project()
    with GleapEmulator(project, situation.behavior_by_stream()) as emulator:
        done = run_sync(situation.config(emulator), mode=mode, page_size=situation.page_size)
        if is_refusal(done, situation):
            return
    for stream in STREAMS:
        assert sorted(record["id"] for record in done.records[stream]) == sorted(project.expected_records[stream])
