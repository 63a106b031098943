"""A temporary fault is retried and the sync is complete; a permanent one fails its stream in time."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteStreamStatus, FailureType

from integration_tests.gleap_emulator import Fault, GleapEmulator, Project, Request
from integration_tests.support.destination import as_listed, differences
from integration_tests.support.fake_sleep import ENDLESS, fake_clock, fake_sleep
from integration_tests.support.run_sync import STREAMS, SyncResult, run_sync
from integration_tests.support.slow_cases import slow_except
from integration_tests.support.streams import PAGED, PARTITIONED, parents_of

HTML = b"<html><head><style>h1 {color: red}</style></head><body><h1>Bad&nbsp;Gateway</h1></body></html>"
FAULTS: Mapping[str, Fault] = {
    "connection reset": Fault.reset(),
    "truncated body": Fault.truncated(),
    "broken JSON": Fault.broken_json(),
    "502 with HTML": Fault.status(502, HTML),
    "503": Fault.status(503, b'{"message": "Service Unavailable"}'),
    "504": Fault.status(504),
}
# Until the request has run out of time.
SLOW: Mapping[str, Fault] = {"hung socket": Fault.hang(), "slow drip": Fault.drip(0)}
PAGES = {"first page": (1, STREAMS), "second page": (2, PAGED)}
SECONDS_OF_A_RESPONSE = 120  # the manifest's limits, and what a gateway may take to respond with 504


@dataclass
class Failing:
    """Orders a fault for the first tries of one page of each of the streams, or of it and every later one."""

    streams: Sequence[str]
    fault: Fault
    page: int = 1
    tries: float = float("inf")
    and_later: bool = False
    failed: Counter[str] = field(default_factory=Counter)
    _pages: defaultdict[str | None, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __call__(self, request: Request) -> Fault | None:
        if request.stream not in self.streams:
            return None
        page = str([request.path, *(item for item in request.params.items() if item[0] != "limit")])
        pages = self._pages[request.stream]
        if page not in pages:
            pages.append(page)
        number = pages.index(page) + 1
        if number != self.page and not (self.and_later and number > self.page):
            return None
        self.failed[page] += 1
        return self.fault if self.failed[page] <= self.tries else None


@pytest.fixture(scope="module")
def project() -> Project:
    return Project.generate(seed=3, tickets=60)


def read(emulator: GleapEmulator, **options: Any) -> SyncResult:
    return run_sync(emulator.config(), page_size=20, **options)


def wrong(project: Project, records: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """By stream, the ids of the records that are not as the project holds them, or missing, or not held by it."""
    found = {}
    for stream, emitted in records.items():
        expected_records, last = project.expected_records[stream], {record["id"]: record for record in emitted}
        ids = expected_records.keys() ^ last.keys() | {
            key
            for key in expected_records.keys() & last.keys()
            if differences(as_listed(expected_records[key]), last[key])
        }
        if ids:
            found[stream] = sorted(ids)
    return found


@pytest.mark.parametrize("page", slow_except(["first page"], PAGES))
@pytest.mark.parametrize("tries", slow_except([3], [1, 3]))
@pytest.mark.parametrize("name", FAULTS)
def test_temporary_fault_is_retried_and_sync_is_complete(project: Project, name: str, tries: int, page: str) -> None:
    number, streams = PAGES[page]
    failing = Failing(streams, FAULTS[name], number, tries)
    with GleapEmulator(project, fault=failing) as emulator, fake_sleep():
        done = read(emulator)
    assert len(failing.failed) == len(streams)
    assert min(failing.failed.values()) > tries
    assert done.errors == []
    assert wrong(project, done.records) == {}


@pytest.mark.parametrize("name", SLOW)
def test_stream_is_complete_after_three_endless_responses(project: Project, name: str) -> None:
    def fault(request: Request) -> Fault | None:
        return SLOW[name] if ENDLESS in request.headers else None

    with (
        GleapEmulator(project, fault=fault) as emulator,
        fake_sleep(),
        fake_clock(to=lambda number: number <= 3) as limits,
    ):
        done = read(emulator, streams=["teams"])
    assert list(limits.values()) == [4 * [(30, SECONDS_OF_A_RESPONSE)]]
    assert done.errors == []
    assert wrong(project, {"teams": done.records["teams"]}) == {}


# Each fault in a stream of another kind, and once with only the first page failing.
KINDS = ["sessions", "ticket_activity_logs", "users", "survey_responses", "engagements", "help_center_articles"]
KEPT_FOREVER = [*((name, True, stream) for name, stream in zip(FAULTS, KINDS, strict=True)), ("503", False, "tickets")]
FOREVER = [(*case, stream) for case in [*((name, True) for name in FAULTS), ("503", False)] for stream in STREAMS]


@pytest.mark.parametrize(("name", "and_later", "stream"), slow_except(KEPT_FOREVER, FOREVER))
def test_permanent_fault_fails_stream_with_transient_error_within_15_minutes(
    project: Project, name: str, and_later: bool, stream: str
) -> None:
    failing = Failing([stream], FAULTS[name], and_later=and_later)
    with GleapEmulator(project, fault=failing) as emulator, fake_sleep() as waits:
        done = read(emulator)
        emulator.fault = None
        resumed = read(emulator, state=done.states)

    affected = {stream} | {
        child for child in STREAMS for parent in parents_of(child) if parent["stream"]["name"] == stream
    }
    assert wrong(project, {name: done.records[name] for name in STREAMS if name not in affected}) == {}
    assert {state.stream.stream_descriptor.name for state in done.states if state.stream} >= set(STREAMS) - affected
    assert {status_of(done, name) for name in STREAMS if name not in affected} == {AirbyteStreamStatus.COMPLETE}
    assert {status_of(done, name) for name in affected} == {AirbyteStreamStatus.INCOMPLETE}
    failures = [trace.trace.error for trace in done.output.errors if trace.trace and trace.trace.error]
    assert {error.failure_type for error in failures[:-1]} == {FailureType.transient_error}  # the last one sums up
    assert {error.stream_descriptor.name for error in failures[:-1] if error.stream_descriptor} == affected
    assert all("The next sync continues from" in str(error.message) for error in failures[:-1])

    # Whatever the number of windows: no more are tried than there are workers, and none for long. It takes the lists of
    # two parents to give up a stream that has a list for each.
    assert len(failing.failed) <= 4 + (stream in PARTITIONED)
    tries = max(failing.failed.values()) / len(affected)  # which ask at the same time
    slowest = tries * SECONDS_OF_A_RESPONSE if name == "504" else 0
    assert slowest + waits.longest <= 15 * 60

    both = {name: [*done.records[name], *resumed.records[name]] for name in affected}
    assert wrong(project, both) == {}


@pytest.mark.parametrize("stream", slow_except(["messages"], STREAMS))
@pytest.mark.parametrize("name", SLOW)
def test_endless_responses_fail_the_stream_within_15_minutes(project: Project, name: str, stream: str) -> None:
    with GleapEmulator(project, fault=lambda request: SLOW[name]) as emulator, fake_sleep() as waits:
        with fake_clock() as limits:
            done = read(emulator, streams=[stream])
        emulator.fault = None
        resumed = read(emulator, streams=[stream], state=done.states)
    assert {limit for each in limits.values() for limit in each} == {(30, SECONDS_OF_A_RESPONSE)}
    assert max(map(len, limits.values())) * SECONDS_OF_A_RESPONSE + waits.longest <= 15 * 60
    assert status_of(done, stream) == AirbyteStreamStatus.INCOMPLETE
    assert wrong(project, {stream: [*done.records[stream], *resumed.records[stream]]}) == {}


@pytest.mark.slow
def test_hung_socket_fails_the_stream_within_15_minutes_of_wall_time(project: Project) -> None:
    start = time.monotonic()
    with GleapEmulator(project, fault=Failing(["messages"], SLOW["hung socket"], and_later=True)) as emulator:
        done = run_sync(emulator.config())
    assert time.monotonic() - start <= 15 * 60
    assert status_of(done, "messages") == AirbyteStreamStatus.INCOMPLETE
    assert wrong(project, {name: done.records[name] for name in STREAMS if name != "messages"}) == {}


def status_of(done: SyncResult, stream: str) -> AirbyteStreamStatus:
    statuses = [
        message.trace.stream_status
        for message in done.output.trace_messages
        if message.trace and message.trace.stream_status
    ]
    return [status.status for status in statuses if status.stream_descriptor.name == stream][-1]
