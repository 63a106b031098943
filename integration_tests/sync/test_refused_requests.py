"""A list that refuses the first request of a read, but serves the list in a plainer form, is read in that form."""

import pytest

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.run_sync import STREAMS, SyncResult, run_sync
from integration_tests.support.slow_cases import slow_except
from integration_tests.support.streams import PAGED, WINDOWED


def ids(done: SyncResult, stream: str) -> list[str]:
    return sorted(record["id"] for record in done.records[stream])


@pytest.mark.parametrize("status", slow_except([409], [400, 409, 422]))
@pytest.mark.parametrize("refused", [{"bounds"}, {"sort"}, {"bounds", "sort"}])
def test_stream_is_read_without_the_parameters_that_gleap_refuses(status: int, refused: set[str]) -> None:
    project = Project.generate(seed=3, tickets=60)
    behavior = Behavior(refuses=frozenset(refused), refusal_status=status)  # type: ignore[arg-type]
    with GleapEmulator(project, behavior) as emulator:
        done = run_sync(emulator.config(), PAGED)
        made = list(emulator.requests)
    assert done.errors == []
    for stream in PAGED:
        assert ids(done, stream) == sorted(project.expected_records[stream])
        # Some workers have sent their first request by the time that the first refusal comes.
        assert sum(request.status == status for request in made if request.stream == stream) <= 4
        if stream != "survey_responses" or "sort" in refused:
            warnings = [line for line in done.log if line.startswith(f"Stream {stream}: Gleap refuses")]
            assert len(warnings) == 1
            assert "The sync takes longer and misses nothing" in warnings[0]


@pytest.mark.parametrize("stream", WINDOWED)
def test_state_after_refused_bounds_is_the_newest_cursor(stream: str) -> None:
    project = Project.generate(seed=3, tickets=60)
    with GleapEmulator(project, Behavior(refuses=frozenset({"bounds"}))) as emulator:
        first = run_sync(emulator.config(), [stream])
        second = run_sync(emulator.config(), [stream], first.states)
    assert first.state(stream)["updatedAt"] == max(record["updatedAt"] for record in first.records[stream])
    assert 1 <= len(second.records[stream]) < len(first.records[stream])


@pytest.mark.parametrize("stream", PAGED)
@pytest.mark.parametrize("most", slow_except([25], [1, 25, 500]))
def test_list_that_refuses_large_pages_is_read_in_small_ones(stream: str, most: int) -> None:
    project = Project.generate(seed=3, tickets=60)
    with GleapEmulator(project, Behavior(max_limit=most)) as emulator:
        done = run_sync(emulator.config(num_workers=1), [stream])
        made = list(emulator.requests)
    assert done.errors == []
    assert ids(done, stream) == sorted(project.expected_records[stream])
    assert sum(request.status == 400 for request in made) <= 4


def test_list_that_refuses_archived_flags_is_read_without_them() -> None:
    project = Project.generate(seed=3, tickets=60)
    behavior = Behavior(refuses=frozenset({"archived"}), hides_archived=False)
    with GleapEmulator(project, behavior) as emulator:
        done = run_sync(emulator.config(num_workers=1), ["tickets"])
    assert done.errors == []
    assert ids(done, "tickets") == sorted(project.expected_records["tickets"])
    assert any("archived rows may be missing" in line for line in done.log)


@pytest.mark.parametrize("status", [400, 409, 422])
def test_list_that_is_refused_in_its_plainest_form_fails(status: int) -> None:
    behavior = Behavior(refuses=frozenset({"limit"}), refusal_status=status)  # type: ignore[arg-type]
    with GleapEmulator(Project.generate(seed=3, tickets=20), behavior) as emulator:
        done = run_sync(emulator.config(num_workers=1), ["tickets"])
        made = list(emulator.requests)
    assert f"(HTTP {status})" in done.errors[0]
    assert len(made) <= 4
    assert done.records["tickets"] == []


def test_date_that_gleap_cannot_read_has_its_own_message() -> None:
    behavior = Behavior(refuses=frozenset({"limit"}), refusal_status=409)
    with GleapEmulator(Project.generate(seed=3, tickets=20), behavior) as emulator:
        done = run_sync(emulator.config(), ["sessions"])
    assert "Gleap could not read the request's dates (HTTP 409)" in done.errors[0]


def test_all_streams_are_read_where_every_list_refuses_sort_and_bounds() -> None:
    project = Project.generate(seed=3, tickets=60)
    with GleapEmulator(project, Behavior(refuses=frozenset({"bounds", "sort"}))) as emulator:
        first = run_sync(emulator.config(), STREAMS)
        changed = {stream: project.insert(stream) for stream in STREAMS}
        second = run_sync(emulator.config(), STREAMS, first.states)
    for stream in STREAMS:
        assert changed[stream] in ids(second, stream)
