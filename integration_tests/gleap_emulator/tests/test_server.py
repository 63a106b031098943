"""The emulator over real HTTP, against the facts of docs/API.md."""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import pytest
import requests
import yaml

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.destination import differences
from integration_tests.support.paths import ROOT
from source_gleap.components.json_parsing import parse_json
from source_gleap.components.normalization import SchemaNormalizer

NOW = datetime(2026, 11, 23, tzinfo=timezone.utc)
ALL = {"ignoreArchived": "true", "limit": "1000"}
PATHS = {"sessions": "sessions", "messages": "messages", "teams": "teams", "surveys": "engagement/surveys"}
DATE = "2026-01-0{}T00:00:00.000Z"

Row = dict[str, Any]


class Client:
    """Asks one emulator, with the headers of docs/API.md 1.1."""

    def __init__(self, gleap: GleapEmulator) -> None:
        self.gleap, self.session = gleap, requests.Session()
        self.session.headers.update({"Authorization": f"Bearer {gleap.api_key}", "Project": gleap.project_id})

    def get(self, path: str, **params: str | int) -> requests.Response:
        # Gleap reads no percent-encoded colon in a date, and `requests` encodes the colons of `params`.
        return self.session.get(f"{self.gleap.url}/{path}?{urlencode(params, safe=':,$')}", timeout=10)

    def tickets(self, **params: str | int) -> list[Row]:
        rows: list[Row] = self.get("tickets", **params).json()["tickets"]
        return rows

    def rows(self, path: str, **params: str | int) -> list[Row]:
        body = parse_json(self.get(path, **params).content)
        rows: list[Row] = body["tickets"] if isinstance(body, dict) else body
        return rows


@pytest.fixture(scope="module")
def generated() -> Project:
    return Project.generate(tickets=300, now=NOW, clock=lambda: NOW, malformed=True)


@pytest.fixture
def client(generated: Project) -> Iterator[Client]:
    with GleapEmulator(generated) as gleap:
        yield Client(gleap)


@pytest.fixture
def small() -> Iterator[Client]:
    """Three tickets, the second archived, with a message each; ids a1, a2, a3 and m1, m2, m3."""
    project = Project.empty(clock=lambda: NOW)
    for number in (1, 2, 3):
        date = DATE.format(number)
        project.add("tickets", date, id=f"{number:024x}", bugId=number, archived=True if number == 2 else None)
        # Messages of the last ticket are the oldest.
        project.add("messages", DATE.format(4 - number), id=f"{number + 9:024x}", ticket=f"{number:024x}")
    with GleapEmulator(project) as gleap:
        yield Client(gleap)


def numbers(rows: list[Row]) -> list[int]:
    return [row["bugId"] for row in rows]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": None}, 401),
        ({"Authorization": "Bearer x"}, 401),
        ({"Project": None}, 403),
        ({"Project": "0" * 24}, 403),
    ],
)
def test_wrong_or_missing_credentials_are_refused_in_json(small: Client, headers: dict[str, str], status: int) -> None:
    response = small.session.get(small.gleap.url + "/teams", headers=headers, timeout=10)
    assert response.status_code == status
    assert response.json()["message"]


def test_unknown_path_or_method_returns_404(small: Client) -> None:
    assert small.get("comments").status_code == 404
    assert small.get("engagement/surveys/x/responses").status_code == 404
    assert small.session.post(small.gleap.url + "/tickets", json={"a": 1}, timeout=10).status_code == 404
    assert small.get("teams").status_code == 200


def test_tickets_have_an_envelope_with_totals(small: Client) -> None:
    body = small.get("tickets", limit=1, ignoreArchived="true").json()
    assert (len(body["tickets"]), body["count"], body["totalCount"]) == (1, 1, 3)
    small.gleap.behavior = Behavior(sends_total=False)
    assert list(small.get("tickets").json()) == ["tickets"]


@pytest.mark.parametrize("path", PATHS.values())
def test_other_lists_are_bare_arrays(client: Client, path: str) -> None:
    assert isinstance(parse_json(client.get(path).content), list)


def test_surveys_and_responses_can_have_an_envelope(client: Client) -> None:
    client.gleap.behavior = Behavior(survey_envelope="outbounds", response_envelope="responses")
    survey = client.get("engagement/surveys").json()["outbounds"][-1]["id"]
    body = parse_json(client.get(f"engagement/surveys/{survey}/responses").content)
    assert len(body["responses"]) == body["count"] == body["totalCount"] > 0


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [1, 3]),
        ({"archived": "false"}, [1, 3]),
        ({"archived": "true"}, [2]),
        ({"ignoreArchived": "true"}, [1, 2, 3]),
        ({"ignoreArchived": "true", "archived": "false"}, [1, 3]),
        ({"ignoreArchived": "true", "archived": "true"}, [2]),
    ],
)
def test_archived_parameters_select_tickets(small: Client, params: dict[str, str], expected: list[int]) -> None:
    assert numbers(small.tickets(**params)) == expected


def test_default_list_can_include_archived_tickets(small: Client) -> None:
    small.gleap.behavior = Behavior(hides_archived=False)
    assert numbers(small.tickets()) == [1, 2, 3]


def test_messages_ignore_sort(small: Client) -> None:
    for sort in ("createdAt", "-createdAt"):
        assert [row["createdAt"] for row in small.rows("messages", sort=sort)] == [DATE.format(n) for n in (3, 2, 1)]
    small.gleap.behavior = Behavior(message_order="sorted")
    assert [row["createdAt"] for row in small.rows("messages", sort="createdAt")] == [DATE.format(n) for n in (1, 2, 3)]


def test_messages_are_numbered_in_their_conversation(client: Client) -> None:
    seen: Counter[str] = Counter()
    for row in client.rows("messages"):
        assert row["index"] == seen[row["ticket"]]
        seen[row["ticket"]] += 1
    assert max(seen.values()) > 2


def test_project_wide_messages_can_be_refused(small: Client) -> None:
    small.gleap.behavior = Behavior(project_wide_messages=False)
    assert small.get("messages").status_code == 400
    assert [row["ticket"] for row in small.rows("messages", ticket=f"{2:024x}")] == [f"{2:024x}"]


def test_project_wide_messages_can_be_empty_while_a_ticket_has_some(small: Client) -> None:
    small.gleap.behavior = Behavior(project_wide_messages="empty")
    assert small.rows("messages", limit=5) == []
    assert small.get("messages", paginated="true").json() == {"items": [], "hasMore": False, "nextBefore": None}
    assert [row["ticket"] for row in small.rows("messages", ticket=f"{2:024x}")] == [f"{2:024x}"]


def test_messages_can_be_paged_from_newest_to_oldest(small: Client) -> None:
    first = small.get("messages", paginated="true", limit=2).json()
    assert [row["createdAt"] for row in first["items"]] == [DATE.format(3), DATE.format(2)]
    assert first["hasMore"] is True
    rest = small.get("messages", paginated="true", limit=2, before=first["nextBefore"]).json()
    assert [row["createdAt"] for row in rest["items"]] == [DATE.format(1)]
    assert (rest["hasMore"], rest["nextBefore"]) == (False, None)


def test_references_have_every_observed_form(client: Client) -> None:
    for name in ("processingUser", "session"):
        forms = {
            "".join(sorted(value.keys() & {"_id", "id"})) if isinstance(value, dict) else type(value).__name__
            for value in (row.get(name, ...) for row in client.tickets(**ALL))
        }
        assert forms == {"_idid", "_id", "str", "NoneType", "ellipsis"}


def test_rows_have_id_or_underscore_id_or_both(client: Client) -> None:
    forms = {frozenset(row.keys() & {"id", "_id"}) for row in client.tickets(**ALL)}
    assert forms == {frozenset({"id"}), frozenset({"id", "_id"})}
    assert frozenset({"_id"}) in {
        frozenset(row.keys() & {"id", "_id"}) for row in client.rows("teams") + client.rows("sessions")
    }


def test_most_false_flags_are_absent(client: Client) -> None:
    values = Counter(row.get("hasAgentReply", "absent") for row in client.tickets(**ALL))
    assert values["absent"] > values[False] > 0


def test_numbers_are_sent_as_numbers_or_booleans(client: Client) -> None:
    rows = client.tickets(**ALL)
    assert {type(row["notificationsUnread"]) for row in rows} == {int, bool}
    assert {type(row["conversationRating"]) for row in rows if "conversationRating" in row} <= {int, float}


def test_normalized_rows_equal_expected_records(client: Client) -> None:
    client.gleap.behavior = Behavior(lean_ticket_rows=False)
    manifest = yaml.safe_load((ROOT / "source_gleap" / "manifest.yaml").read_text())
    types = manifest["definitions"]["types"]
    for stream, path in {**PATHS, "tickets": "tickets", "survey_responses": ""}.items():
        schema = manifest["schemas"][stream]
        for field in schema["properties"].values():
            field |= types[field.pop("$ref").rpartition("/")[2]]
        expected_records = client.gleap.project.expected_records[stream]
        surveys = client.gleap.project.expected_records["surveys"] if not path else []
        rows = client.rows(path, **ALL) if stream == "tickets" else client.rows(path) if path else []
        for survey in surveys:
            responses = client.rows(f"engagement/surveys/{survey}/responses")
            rows += [{**row, "survey_id": survey} for row in responses]
        assert len(rows) == len(expected_records)
        for row in rows:
            row["id"] = row.get("id") or row["_id"]
            SchemaNormalizer(parameters={}, name=stream).transform(row, schema)
            assert differences(expected_records[row["id"]], row) == {}


def test_one_survey_has_no_response_and_some_are_old(client: Client) -> None:
    surveys = client.rows("engagement/surveys")
    counts = [len(client.rows(f"engagement/surveys/{survey['_id']}/responses")) for survey in surveys]
    assert counts.count(0) == 1
    assert sum(survey["updatedAt"] < "2025-01-01" for survey in surveys) >= 2


def test_bulk_edit_sets_one_updated_at(generated: Project) -> None:
    (_, most), *_ = Counter(
        record["updatedAt"] for record in generated.expected_records["tickets"].values()
    ).most_common(1)
    assert 5 <= most <= 30


def test_same_seed_generates_same_project(generated: Project) -> None:
    again = Project.generate(tickets=300, now=NOW, clock=lambda: NOW, malformed=True)
    assert again.expected_records == generated.expected_records
    assert Project.generate(seed=8, tickets=300, now=NOW).expected_records != generated.expected_records


def test_malformed_text_is_sent_unchanged(client: Client) -> None:
    body = client.get("tickets", **ALL).content
    assert b"half an emoji \\ud83d" in body
    assert b"NUL \\u0000 in" in body
    assert b"123456789012345678901234567890" in body


def test_pages_obey_limits_and_caps() -> None:
    project = Project.empty(clock=lambda: NOW)
    for _ in range(1100):
        project.add("tickets")
    with GleapEmulator(project) as gleap:
        client = Client(gleap)
        assert len(client.tickets()) == 20
        assert len(client.tickets(limit=5000)) == 1000
        assert client.tickets(limit=1000, skip=200_000) == []
        gleap.behavior = Behavior(page_cap=7, default_limit=3)
        assert (len(client.tickets(limit=1000)), len(client.tickets())) == (7, 3)
        gleap.behavior = Behavior(ignores_paging=True)
        assert len(client.tickets(limit=1, skip=5)) == 1100
        gleap.behavior = Behavior(max_skip=10)
        assert client.get("tickets", skip=10).status_code == 200
        assert client.get("tickets", skip=11).status_code == 400
        assert "11" not in client.get("tickets", skip=11).json()["message"]
        gleap.behavior = Behavior(max_rows_before_504=50)
        assert [client.get("tickets", limit=limit).status_code for limit in (50, 51)] == [200, 504]


def test_behavior_can_differ_by_stream(small: Client) -> None:
    small.gleap.behavior = {"messages": Behavior(page_cap=1)}
    assert (len(small.tickets(limit=9)), len(small.rows("messages"))) == (2, 1)


def test_sort_and_filters_can_be_ignored(small: Client) -> None:
    asked: dict[str, str | int] = {"sort": "-updatedAt", "updatedAt>": DATE.format(2), "ignoreArchived": "true"}
    assert numbers(small.tickets(**asked)) == [3, 2]
    small.gleap.behavior = Behavior(honours_sort=False)
    assert numbers(small.tickets(**asked)) == [2, 3]
    small.gleap.behavior = Behavior(honours_filters=False)
    assert numbers(small.tickets(**asked)) == [3, 2, 1]
    assert numbers(small.tickets(**asked, bugId=2)) == [2]
    small.gleap.behavior = Behavior(natural_order="updated_desc")
    assert numbers(small.tickets(ignoreArchived="true")) == [3, 2, 1]


@pytest.mark.parametrize("path", ["tickets", "sessions", "messages", "engagement/surveys/{survey}/responses"])
@pytest.mark.parametrize(("date_filters", "found"), [("honoured", {2, 3}), ("ignored", {1, 2, 3}), ("blind", set())])
def test_each_list_honours_ignores_or_misreads_date_filters(
    path: str, date_filters: Literal["honoured", "ignored", "blind"], found: set[int]
) -> None:
    project = Project.empty(clock=lambda: NOW)
    survey = project.add("surveys", DATE.format(1))
    for stream in ("tickets", "sessions", "messages", "survey_responses"):
        for number in (1, 2, 3):
            project.add(stream, DATE.format(number))
    stream = "survey_responses" if "{survey}" in path else path
    with GleapEmulator(project, {stream: Behavior(date_filters=date_filters)}) as gleap:
        bounds: dict[str, str | int] = {"updatedAt>": DATE.format(2), "limit": 9}
        rows = Client(gleap).rows(path.format(survey=survey), **bounds)
        assert {int(row["updatedAt"][9]) for row in rows} == found
        assert len(Client(gleap).rows(path.format(survey=survey), limit=9)) == 3


def test_list_with_blind_date_filter_honours_other_filters(small: Client) -> None:
    small.gleap.behavior = Behavior(date_filters="blind")
    assert numbers(small.tickets(bugId=3)) == [3]
    assert small.tickets(bugId=3, **{"createdAt<": DATE.format(9)}) == []


@pytest.mark.parametrize("status", [400, 409, 422])
def test_refused_parameter_returns_the_refusal_status(small: Client, status: Literal[400, 409, 422]) -> None:
    small.gleap.behavior = Behavior(refuses=frozenset({"bounds", "sort"}), refusal_status=status)
    refused: list[dict[str, str | int]] = [
        {"updatedAt>": DATE.format(1)},
        {"updatedAt<": DATE.format(1), "limit": 1},
        {"filter": f'{{"updatedAt":{{"$gte":"{DATE.format(1)}"}}}}'},
        {"sort": "updatedAt"},
    ]
    assert [small.get("tickets", **params).status_code for params in refused] == [status] * 4
    assert numbers(small.tickets(limit=1, skip=1)) == [3]
    assert numbers(small.tickets(archived="true")) == [2]


def test_skip_and_limit_can_be_refused(small: Client) -> None:
    small.gleap.behavior = Behavior(refuses=frozenset({"skip"}))
    assert [small.get("tickets", **{name: 1}).status_code for name in ("skip", "limit")] == [400, 200]
    small.gleap.behavior = Behavior(refuses=frozenset({"limit"}))
    assert [small.get("tickets", **{name: 1}).status_code for name in ("skip", "limit")] == [200, 400]


def test_limit_above_maximum_is_refused(small: Client) -> None:
    small.gleap.behavior = Behavior(max_limit=2, refusal_status=422)
    assert [small.get("tickets", limit=limit).status_code for limit in (1, 2, 3, 1000)] == [200, 200, 422, 422]


def test_single_ticket_has_fields_that_list_rows_lack(client: Client) -> None:
    client.gleap.behavior = Behavior(lean_ticket_rows=True)
    details = {"sentiment", "firstAssignmentAt", "conversationRating"}
    lean = client.rows("tickets", **ALL)
    assert not any(details & row.keys() for row in lean)
    whole = [parse_json(client.get(f"tickets/{row['id']}").content) for row in lean]
    assert details <= {name for row in whole for name in row}
    assert [{name: value for name, value in row.items() if name not in details} for row in whole] == lean
    assert {request.stream for request in client.gleap.requests} == {"tickets"}


def test_list_rows_equal_single_tickets_on_request(client: Client) -> None:
    client.gleap.behavior = Behavior(lean_ticket_rows=False)
    row = next(row for row in client.rows("tickets", **ALL) if "sentiment" in row)
    assert parse_json(client.get(f"tickets/{row['id']}").content) == row


def test_unknown_ticket_returns_404(small: Client) -> None:
    assert small.get(f"tickets/{9:024x}").status_code == 404
    assert small.get(f"tickets/{9:024x}/activity-logs").status_code == 404
    assert small.get(f"tickets/{2:024x}").json()["archived"] is True


def test_filter_matches_fields_that_list_rows_lack(client: Client) -> None:
    client.gleap.behavior = Behavior(lean_ticket_rows=True)
    expected_records = client.gleap.project.expected_records["tickets"]
    for rating in ("2", "6", "10"):
        found = {row["id"] for row in client.tickets(conversationRating=rating, **ALL)}
        assert (
            found
            == {key for key, record in expected_records.items() if record.get("conversationRating") == rating}
            != set()
        )


def test_project_id_can_have_any_form() -> None:
    project = Project.generate(tickets=10, now=NOW, clock=lambda: NOW)
    project.warm()
    with GleapEmulator(project, project_id="my-project_1") as gleap:
        client = Client(gleap)
        rows = [row for path in PATHS.values() for row in client.rows(path)] + client.tickets(**ALL)
        assert {row["project"] for row in rows} == {"my-project_1"}
        assert {record.get("project") for record in project.expected_records["tickets"].values()} == {"my-project_1"}
        assert gleap.config()["project_id"] == "my-project_1"
        assert project.expected_records["sessions"][project.insert("sessions")]["project"] == "my-project_1"
        client.session.headers["Project"] = "MY-PROJECT_1"
        assert client.get("teams").status_code == 403


def test_unknown_parameter_matches_nothing(small: Client) -> None:
    assert small.tickets(page=1) == []


def test_filter_matches_undeclared_fields(small: Client) -> None:
    assert len(small.tickets(organisation="630000000000000000000001")) == 2
    assert small.tickets(organisation="x") == []


def test_teams_ignore_paging(client: Client) -> None:
    assert len(client.rows("teams", limit=1, skip=1)) == 4


def test_listed_survey_can_return_404(client: Client) -> None:
    survey = next(iter(client.gleap.project.expected_records["surveys"]))
    client.gleap.behavior = Behavior(gone_parents=frozenset({survey}))
    assert client.get(f"engagement/surveys/{survey}/responses").status_code == 404
    assert survey in [row["id"] for row in client.rows("engagement/surveys")]


@pytest.mark.parametrize("retry_after", [None, 7])
def test_requests_above_the_rate_limit_return_429(small: Client, retry_after: int | None) -> None:
    small.gleap.behavior = Behavior(requests_per_second=1, retry_after=retry_after)
    first, second = small.get("teams"), small.get("teams")
    assert (first.status_code, second.status_code) == (200, 429)
    assert second.headers.get("Retry-After") == (None if retry_after is None else "7")


def test_fault_replaces_response_of_nth_request(small: Client) -> None:
    small.gleap.fault = {2: Fault.status(503, b"<html>", {"X-Why": "test"}), 3: Fault.broken_json()}
    responses = [small.get("tickets") for _ in range(4)]
    assert [response.status_code for response in responses] == [200, 503, 200, 200]
    assert (responses[1].content, responses[1].headers["X-Why"]) == (b"<html>", "test")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        responses[2].json()
    assert responses[3].json()["count"] == 2


def test_fault_breaks_the_connection(small: Client) -> None:
    small.gleap.fault = {1: Fault.reset(), 2: Fault.truncated(), 3: Fault.drip(0.0)}
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        small.get("teams")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        small.get("tickets")
    assert small.get("tickets").json()["count"] == 2
    assert [request.status for request in small.gleap.requests] == [0, 0, 200]


def test_server_stop_ends_a_hanging_request(small: Client) -> None:
    asked = threading.Event()

    def hang(request: Request) -> Fault:
        asked.set()
        return Fault.hang()

    small.gleap.fault = hang
    errors: list[Exception] = []

    def ask() -> None:
        try:
            small.get("teams")
        except requests.ConnectionError as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    assert asked.wait(10)
    small.gleap.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert len(errors) == 1


def test_records_can_change_between_two_requests(small: Client) -> None:
    def change(project: Project, request: Request) -> None:
        if request.number == 2:
            project.update("tickets", f"{1:024x}", title="new")
            project.delete("tickets", f"{3:024x}")

    small.gleap.before_request = change
    before, after = small.tickets(sort="updatedAt"), small.tickets(sort="updatedAt")
    assert (numbers(before), numbers(after)) == ([1, 3], [1])
    assert (after[0]["title"], after[0]["updatedAt"]) == ("new", "2026-11-23T00:00:00.000Z")
    assert small.gleap.project.expected_records["tickets"][f"{1:024x}"]["title"] == "new"


def test_changes_set_updated_at_and_are_served(small: Client) -> None:
    project, (one, two) = small.gleap.project, [f"{number:024x}" for number in (1, 2)]
    project.archive(one)
    project.unarchive(two)
    assert numbers(small.tickets()) == [2, 3]
    inserted = {stream: project.insert(stream) for stream in project.expected_records if stream != "survey_responses"}
    inserted["survey_responses"] = project.insert("survey_responses")
    for stream, record_id in inserted.items():
        assert project.expected_records[stream][record_id]["updatedAt"] == "2026-11-23T00:00:00.000Z"
    assert inserted["tickets"] in [row["id"] for row in small.tickets(ignoreArchived="true")]
    stamp = project.bulk_update("tickets", [one, two])
    assert {project.expected_records["tickets"][key]["updatedAt"] for key in (one, two)} == {stamp}


def test_requests_are_recorded_without_the_api_key(small: Client) -> None:
    small.get("tickets", **{"updatedAt>": DATE.format(1), "limit": "5"})
    (request,) = small.gleap.requests
    assert (request.number, request.method, request.path, request.stream) == (1, "GET", "/tickets", "tickets")
    assert request.query == "updatedAt%3E=2026-01-01T00:00:00.000Z&limit=5"
    assert request.line == b"GET /v3/tickets?updatedAt%3E=2026-01-01T00:00:00.000Z&limit=5 HTTP/1.1"
    assert request.params == {"updatedAt>": DATE.format(1), "limit": "5"}
    assert (request.status, request.rows) == (200, 2)
    assert small.gleap.api_key not in str(request)


def test_connections_are_kept_alive(small: Client) -> None:
    connection = http.client.HTTPConnection(small.gleap.host, small.gleap.port, timeout=10)
    connection.connect()
    connection.auto_open = 0
    for _ in range(3):
        connection.request("GET", "/v3/teams")
        assert connection.getresponse().read()
    connection.close()


def test_latency_delays_the_response(small: Client) -> None:
    small.gleap.behavior = Behavior(latency_seconds=0.02)
    before = time.monotonic()
    small.get("teams")
    assert time.monotonic() - before >= 0.02


def test_command_line_prints_url_and_stops_on_request(tmp_path: Path) -> None:
    config_file = tmp_path / "config.json"
    command = [
        sys.executable,
        "-m",
        "integration_tests.gleap_emulator",
        "--tickets",
        "30",
        "--config-file",
        str(config_file),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        config = json.loads(config_file.read_text())
        assert config["api_url"] == url
        own = url.removesuffix("/v3") + "/__emulator__"
        before = requests.get(f"{own}/expected_records/tickets", timeout=10).json()
        done = requests.post(f"{own}/change?count=10", timeout=10).json()
        after = requests.get(f"{own}/expected_records/tickets", timeout=10).json()
        assert len(after) == len(before) + len(done["inserted"]) == 32
        assert {key for key in before if before[key] != after[key]} == set(done["updated"])
        assert requests.post(f"{own}/stop", timeout=10).status_code == 200
        assert process.wait(10) == 0
        assert process.stdout.read() == ""


@pytest.mark.slow
def test_command_line_stops_with_its_parent() -> None:
    command = [sys.executable, "-m", "integration_tests.gleap_emulator", "--tickets", "0", "--stop-with-parent"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.mark.slow
def test_command_line_exits_with_0_on_sigterm() -> None:
    command = [sys.executable, "-m", "integration_tests.gleap_emulator", "--tickets", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        process.terminate()
        assert process.wait(10) == 0
