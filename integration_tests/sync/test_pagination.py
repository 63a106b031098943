"""Each stream: no rows, one page, several pages, a page exactly full; with state and without."""

from datetime import datetime, timedelta, timezone
from itertools import product

import pytest

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.run_sync import STREAMS, run_sync
from integration_tests.support.slow_cases import slow_except
from integration_tests.support.streams import BY_TICKET, PAGED, WINDOWED
from source_gleap import SourceGleap
from source_gleap.components.pagination import page_of

NOON = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)
PAGE = 10
HAVING_OWN_CURSOR = [stream for stream in STREAMS if stream not in BY_TICKET]


def project_with(stream: str, count: int) -> Project:
    """A project that holds `count` records of `stream`, a minute apart, and what they belong to."""
    project = Project.empty(clock=lambda: NOON)
    for number in range(count):
        moment = NOON - timedelta(minutes=number)
        project.add(stream, createdAt=moment, updatedAt=moment)
    return project


def read_ids(project: Project, stream: str, behavior: Behavior) -> tuple[list[str], list[str]]:
    """The ids that a sync emits, and those that a second sync emits from the first one's state."""
    with GleapEmulator(project, behavior) as emulator:
        config = emulator.config(start_date="2026-10-20T00:00:00Z", lookback_window=0)
        first = run_sync(config, [stream])
        second = run_sync(config, [stream], first.states)
    assert first.errors == second.errors == []
    return [record["id"] for record in first.records[stream]], [record["id"] for record in second.records[stream]]


COUNTS = [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, 3 * PAGE + 1]
KEPT = {*product(HAVING_OWN_CURSOR, [PAGE]), *product(["tickets", "teams"], COUNTS)}


@pytest.mark.parametrize(("stream", "count"), slow_except(KEPT, product(HAVING_OWN_CURSOR, COUNTS)))
def test_first_sync_reads_each_row_once_and_second_sync_only_the_newest(stream: str, count: int) -> None:
    project = project_with(stream, count)
    # Other lists come in one response, whatever is requested.
    behavior = Behavior(page_cap=PAGE if stream in PAGED else None)
    first, second = read_ids(project, stream, behavior)
    assert sorted(first) == sorted(project.expected_records[stream])
    newest = (
        max(project.expected_records[stream].values(), key=lambda record: record["updatedAt"])["id"] if count else None
    )
    assert second == ([newest] if newest else [])


@pytest.mark.parametrize("stream", HAVING_OWN_CURSOR)
def test_second_sync_reads_changes_and_the_lookback_window(stream: str) -> None:
    project = project_with(stream, 30)
    behavior = Behavior(page_cap=PAGE if stream in PAGED else None)
    with GleapEmulator(project, behavior) as emulator:
        config = emulator.config(start_date="2026-10-20T00:00:00Z", lookback_window=5)
        first = run_sync(config, [stream])
        oldest = min(project.expected_records[stream].values(), key=lambda record: record["updatedAt"])["id"]
        project.update(stream, [oldest])
        second = run_sync(config, [stream], first.states)
    recent = {
        key
        for key, record in project.expected_records[stream].items()
        if record["updatedAt"] >= "2026-11-01T11:55:00.000Z"
    }
    assert oldest in recent
    assert sorted(record["id"] for record in second.records[stream]) == sorted(recent)


@pytest.mark.parametrize("stream", PAGED)
def test_row_is_read_once_where_the_server_ignores_paging(stream: str) -> None:
    project = project_with(stream, 25)
    first, _ = read_ids(project, stream, Behavior(ignores_paging=True))
    assert sorted(first) == sorted(project.expected_records[stream])


@pytest.mark.parametrize("name", WINDOWED)
def test_window_that_has_been_read_keeps_no_rows(name: str) -> None:
    # The CDK keeps all windows until a read ends, and a page knows thousands of rows: memory would grow with the list.
    with GleapEmulator(Project.generate(seed=3, tickets=60), Behavior(page_cap=PAGE)) as emulator:
        config = SourceGleap().configure(emulator.config(), "")
        (stream,) = (each for each in SourceGleap(config=config).streams(config) if each.name == name)
        partitions = list(stream.generate_partitions())
        assert sum(len(list(partition.read())) for partition in partitions) > PAGE
    assert {page_of(partition.to_slice()) for partition in partitions} == {None}  # type: ignore[arg-type]
