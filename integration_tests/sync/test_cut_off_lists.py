"""A list that should come whole is read on where it may have been cut off."""

import json
from typing import Any

import pytest

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.run_sync import run_sync
from integration_tests.support.streams import FULL_LISTS


def project_of(stream: str, count: int) -> Project:
    project = Project.empty()
    for _ in range(count):
        project.add(stream)
    return project


@pytest.mark.parametrize("announces_more", [None, "totalCount", "hasMore", "link"])
@pytest.mark.parametrize("stream", FULL_LISTS)
@pytest.mark.parametrize("count", [50, 60])
def test_list_that_is_cut_off_after_20_rows_is_read_whole(stream: str, announces_more: Any, count: int) -> None:
    project = project_of(stream, count)
    with GleapEmulator(project, Behavior(page_cap=20, announces_more=announces_more)) as emulator:
        done = run_sync(emulator.config(), [stream])
        sent = {name for request in emulator.requests for name in request.params}
    assert done.errors == []
    assert sorted(record["id"] for record in done.records[stream]) == sorted(project.expected_records[stream])
    assert sent == {"skip"}


def test_responses_of_surveys_beyond_a_cut_are_read() -> None:
    project = project_of("surveys", 50)
    responses = {project.add("survey_responses", survey_id=survey) for survey in project.expected_records["surveys"]}
    behavior = {"surveys": Behavior(page_cap=20)}
    with GleapEmulator(project, behavior) as emulator:
        done = run_sync(emulator.config(), ["survey_responses"])
    assert {record["id"] for record in done.records["survey_responses"]} == responses


@pytest.mark.parametrize(
    ("stream", "fields"), [("engagements", {"kind": "news"}), ("help_center_articles", {"collection_id": "c1"})]
)
def test_list_of_a_partition_that_is_cut_off_is_read_whole(stream: str, fields: dict[str, str]) -> None:
    project = Project.empty()
    project.add("help_center_collections", id="c1")
    for _ in range(50):
        project.add(stream, **fields)
    with GleapEmulator(project, {stream: Behavior(page_cap=20)}) as emulator:
        done = run_sync(emulator.config(), [stream])
        sent = {name for request in emulator.requests for name in request.params}
    assert sorted(record["id"] for record in done.records[stream]) == sorted(project.expected_records[stream])
    assert sent == {"skip"}


@pytest.mark.parametrize("stream", FULL_LISTS)
@pytest.mark.parametrize(("count", "requests"), [(0, 1), (3, 1), (10, 1), (19, 1), (21, 1), (20, 2), (40, 2)])
def test_only_a_round_number_of_rows_costs_a_request_more(stream: str, count: int, requests: int) -> None:
    with GleapEmulator(project_of(stream, count)) as emulator:
        done = run_sync(emulator.config(), [stream])
        made = len(emulator.requests)
    assert len(done.records[stream]) == count
    assert made == requests


ROWS = [{"id": f"row{number}", "updatedAt": "2026-01-01T00:00:00.000Z"} for number in range(20)]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"items": ROWS, "totalCount": 50}, {}),
        ({"items": ROWS, "hasMore": True}, {}),
        (ROWS, {"Link": '</v3/teams?page=2>; rel="next"'}),
    ],
)
@pytest.mark.parametrize("stream", FULL_LISTS)
def test_list_that_says_more_and_does_not_send_it_fails(stream: str, body: Any, headers: dict[str, str]) -> None:
    fault = Fault.status(200, json.dumps(body).encode(), headers)
    with GleapEmulator(Project.empty(), fault=lambda request: fault) as emulator:
        done = run_sync(emulator.config(), [stream])
    assert "Gleap lists only 20 of" in done.errors[0]
    assert "no data is skipped silently" in done.errors[0]


@pytest.mark.parametrize("announces_more", ["totalCount", "link"])
@pytest.mark.parametrize("kind", ["update", "delete"])
def test_list_that_changes_between_its_pages_loses_no_row(kind: str, announces_more: Any) -> None:
    project = project_of("teams", 6)
    stay = set(project.expected_records["teams"])

    def change(project: Project, request: Request) -> None:
        if 1 < request.number < 4:
            first = min(stay)
            if kind == "delete":
                project.delete("teams", first)
                stay.discard(first)
            else:
                project.update("teams", first)

    behavior = Behavior(page_cap=3, announces_more=announces_more, natural_order="updated_desc")
    with GleapEmulator(project, behavior, before_request=change) as emulator:
        busy = run_sync(emulator.config(), ["teams"])
        emulator.before_request = None
        quiet = run_sync(emulator.config(), ["teams"], state=busy.states)
    assert busy.errors == quiet.errors == []
    assert stay <= {record["id"] for done in (busy, quiet) for record in done.records["teams"]}


@pytest.mark.parametrize("announces_more", ["totalCount", "hasMore", "link"])
def test_list_whose_announced_row_is_deleted_is_complete(announces_more: Any) -> None:
    project = project_of("teams", 4)
    last = list(project.expected_records["teams"])[-1]

    def change(project: Project, request: Request) -> None:
        if request.number == 2:
            project.delete("teams", last)

    behavior = Behavior(page_cap=3, announces_more=announces_more, natural_order="created")
    with GleapEmulator(project, behavior, before_request=change) as emulator:
        done = run_sync(emulator.config(), ["teams"])
    assert done.errors == []
    assert {record["id"] for record in done.records["teams"]} == set(project.expected_records["teams"])


@pytest.mark.parametrize("stream", FULL_LISTS)
@pytest.mark.parametrize("status", [400, 422])
def test_refused_skip_ends_a_list_that_does_not_say_more(stream: str, status: int) -> None:
    project = project_of(stream, 20)

    def fault(request: Request) -> Fault | None:
        return Fault.status(status) if request.query else None

    with GleapEmulator(project, fault=fault) as emulator:
        done = run_sync(emulator.config(), [stream])
    assert done.errors == []
    assert len(done.records[stream]) == 20
