"""What a read costs in requests, on a project at rest."""

from datetime import datetime, timedelta, timezone

import pytest

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.run_sync import STREAMS, run_sync
from integration_tests.support.slow_cases import slow_except
from integration_tests.support.streams import BY_TICKET, PAGED, WINDOWED

NOW = datetime.now(timezone.utc)
SIX = ("tickets", "sessions", "messages", "teams", "surveys", "survey_responses")


def requests_for(stream: str, count: int, page_size: int, days: int, behavior: Behavior) -> tuple[int, int]:
    """The requests that a first sync of `count` evenly spread records takes, and the windows and passes in them."""
    project = Project.empty()
    for number in range(count):
        moment = NOW - timedelta(days=days * number / max(1, count))
        project.add(stream, moment, moment)
    with GleapEmulator(project, behavior) as emulator:
        done = run_sync(
            emulator.config(start_date=f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"),
            [stream],
            page_size=page_size,
        )
        made = list(emulator.requests)
    assert len(done.records[stream]) == count
    first_of_each = {
        (request.params["updatedAt>"], request.params["updatedAt<"], request.params.get("archived"))
        for request in made
        if request.params["skip"] == "0" and request.params["sort"] == "updatedAt" and request.params["limit"] != "1"
    }
    lows = {low for low, _, _ in first_of_each}
    windows = sum(1 for low in lows if low[11:] == min(lows)[11:])  # windows start at the same time of day
    return len(made), windows * (2 if stream == "tickets" else 1)


@pytest.mark.parametrize("stream", WINDOWED)
@pytest.mark.parametrize("count", slow_except([0, 50, 1000], [0, 1, 49, 50, 51, 200, 1000, 3000]))
@pytest.mark.parametrize("sends_total", [True, False])
def test_first_sync_needs_at_most_20_percent_more_requests_than_pages(
    stream: str, count: int, sends_total: bool
) -> None:
    made, windows = requests_for(stream, count, page_size=50, days=100, behavior=Behavior(sends_total=sends_total))
    assert windows in (4, 8)
    verification = 0 if count else 2
    assert made <= count / 50 * 1.2 + 2 * windows + verification


def test_number_of_requests_is_proportional_to_rows() -> None:
    few, _ = requests_for("tickets", 2000, page_size=50, days=100, behavior=Behavior())
    many, _ = requests_for("tickets", 8000, page_size=50, days=100, behavior=Behavior())
    assert many <= 4 * few


@pytest.mark.parametrize(("envelope", "most"), slow_except([(None, 49)], [(None, 49), ("responses", 29)]))
def test_hourly_sync_of_twenty_surveys_asks_each_twice_unless_told_a_total(envelope: str | None, most: int) -> None:
    project = Project.generate(seed=2, tickets=60, days=30, now=NOW - timedelta(hours=2))
    while len(project.expected_records["surveys"]) < 20:
        project.add("surveys", NOW - timedelta(days=40), NOW - timedelta(days=40))
    for survey in project.expected_records["surveys"]:
        for number in range(60):
            project.add("survey_responses", NOW - timedelta(days=number + 1), survey_id=survey)
    with GleapEmulator(project, Behavior(response_envelope=envelope)) as emulator:
        first = run_sync(emulator.config(), SIX)
        before = len(emulator.requests)
        changed = {(stream, project.insert(stream)) for stream in SIX if stream != "surveys" for _ in range(3)}
        second = run_sync(emulator.config(), SIX, first.states)
        made = emulator.requests[before:]
    assert len(made) <= most
    assert changed <= {(stream, record["id"]) for stream in SIX for record in second.records[stream]}


@pytest.mark.parametrize("years", [1, 5, 20])
def test_old_start_date_costs_a_small_project_few_requests(years: int) -> None:
    project = Project.generate(seed=2, tickets=20, days=30)
    with GleapEmulator(project) as emulator:
        start_date = f"{NOW - timedelta(days=365 * years):%Y-%m-%dT%H:%M:%SZ}"
        run_sync(emulator.config(start_date=start_date), [stream for stream in STREAMS if stream not in BY_TICKET])
        whole = [request.path for request in emulator.requests if request.stream not in PAGED]
    assert len(whole) == len(set(whole))
    assert len(emulator.requests) - len(whole) <= 26 * 4 + 23


@pytest.mark.parametrize("workers", slow_except([1, 3, 20], [1, 2, 3, 4, 8, 20]))
@pytest.mark.parametrize("days", [365, 3650])
def test_first_sync_has_full_rounds_of_windows_for_all_workers(workers: int, days: int) -> None:
    with GleapEmulator(Project.empty()) as emulator:
        start_date = f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
        run_sync(emulator.config(start_date=start_date, num_workers=workers), ["sessions"])
        windows = {request.params["updatedAt>"] for request in emulator.requests if request.params["limit"] != "1"}
    assert len(windows) % workers == 0
    assert len(windows) <= 24 + workers
