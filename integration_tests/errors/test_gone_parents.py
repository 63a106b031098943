"""A parent that is gone is skipped. That none of several is found is a wrong path, and no deletion."""

from collections.abc import Mapping

import pytest

from integration_tests.gleap_emulator import Fault, GleapEmulator, Project, Request
from integration_tests.support.run_sync import SyncResult, run_sync

# By stream: its parents, the end of the path, and the settings with which it is read so.
CHILDREN: Mapping[str, tuple[str, str, dict[str, str]]] = {
    "survey_responses": ("surveys", "/responses", {}),
    "help_center_articles": ("help_center_collections", "/articles", {}),
    "ticket_activity_logs": ("tickets", "/activity-logs", {}),
    "tickets": ("tickets", "", {"tickets_mode": "detail"}),
}


def project_of(stream: str, parents: int) -> Project:
    project = Project.empty()
    for _ in range(parents):
        parent = project.add(CHILDREN[stream][0])
        if stream != "tickets":
            name = {"surveys": "survey_id", "tickets": "ticket_id"}.get(CHILDREN[stream][0], "collection_id")
            project.add(stream, **{name: parent})
    return project


def read(stream: str, parents: int) -> tuple[Project, SyncResult, SyncResult]:
    """A sync in which no parent is found, and the next one, in which all are."""
    project = project_of(stream, parents)
    _, ending, settings = CHILDREN[stream]

    def fault(request: Request) -> Fault | None:
        is_child = request.stream == stream and request.path.count("/") > 1 and request.path.endswith(ending)
        return Fault.status(404) if is_child else None

    with GleapEmulator(project, fault=fault) as emulator:
        first = run_sync(emulator.config(**settings), [stream])
        emulator.fault = None
        return project, first, run_sync(emulator.config(**settings), [stream], first.states)


@pytest.mark.parametrize("stream", CHILDREN)
def test_stream_fails_where_none_of_its_parents_is_found(stream: str) -> None:
    project, first, second = read(stream, parents=6)
    parents = CHILDREN[stream][0]
    assert f"Gleap lists {parents}, but found nothing at the URL of any of the 6" in first.errors[0]
    assert f"the stream {stream}" in first.errors[0]
    assert {record["id"] for record in second.records[stream]} == set(project.expected_records[stream])


@pytest.mark.parametrize("stream", CHILDREN)
def test_state_stays_before_a_few_parents_of_which_none_is_found(stream: str) -> None:
    project, first, second = read(stream, parents=2)
    assert first.errors == []
    assert sum("Deleted since it was listed" in line for line in first.log) == 2
    assert {record["id"] for record in second.records[stream]} == set(project.expected_records[stream])


def test_no_more_than_50_parents_are_requested_before_one_is_found() -> None:
    project = project_of("tickets", 200)
    fault = lambda request: Fault.status(404) if request.path.startswith("/tickets/") else None  # noqa: E731
    with GleapEmulator(project, fault=fault) as emulator:
        done = run_sync(emulator.config(tickets_mode="detail", num_workers=1), ["tickets"])
        asked = [request for request in emulator.requests if request.path.startswith("/tickets/")]
    assert len(asked) == 50
    assert "Gleap lists tickets" in done.errors[0]
