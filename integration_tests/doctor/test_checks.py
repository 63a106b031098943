"""What each check observes, and how it judges that, where Gleap behaves in one way or another."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.run_doctor import NOT_SAFE, SAFE, UNKNOWN, DoctorResult, run_doctor

PROJECT = Project.generate(seed=8, tickets=301)
FaultOrder = Callable[[Request], Fault | None]
Results = Mapping[tuple[str, str], tuple[str, str]]


def check(
    behavior: Behavior | Mapping[str, Behavior] = Behavior(),  # noqa: B008 # it is frozen
    project: Project = PROJECT,
    fault: FaultOrder | None = None,
    **settings: str,
) -> DoctorResult:
    with GleapEmulator(project, behavior, fault=fault) as emulator:
        return run_doctor(emulator.config(**settings))


REFUSED_SKIP = "refused far down the list: read by shorter spans of time instead"
NO_WAY = "refused far down the list, and dates do not help"
IGNORED_DATES = "ignored, or one of them: records come several times, which takes longer"
SLOW = "read without dates, which takes longer"
BLIND = f"no record is found by a date: {SLOW}"
LEAN = "lacks `firstAssignmentAt`: these columns are null"
HONORED = "honored, the dates themselves included"


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [
        (
            Behavior(),
            {
                ("tickets", "list"): ("yes, under the name `tickets`", SAFE),
                ("tickets", "date filters"): (HONORED, SAFE),
                ("messages", "date filters"): (HONORED, SAFE),
                ("survey_responses", "date filters"): (HONORED, SAFE),
                ("tickets", "colons of dates"): ("accepted; written as `%3A` they are not (HTTP 409)", SAFE),
                ("sessions", "skip"): ("honored", SAFE),
                ("tickets", "archived"): ("yes; archived tickets are hidden by default", SAFE),
                ("tickets", "spam"): ("listed", SAFE),
                ("tickets", "fields in the list"): (LEAN, SAFE),
                ("surveys", "list"): ("yes", SAFE),
                ("surveys", "one request"): ("yes", SAFE),
            },
        ),
        (
            Behavior(reads_queries="lenient", lean_ticket_rows=True, hides_archived=False, message_order="sorted"),
            {
                ("tickets", "colons of dates"): ("accepted; written as `%3A` they bring the same records", SAFE),
                ("tickets", "archived"): ("yes; archived tickets are listed by default", SAFE),
            },
        ),
        (
            Behavior(
                honours_sort=False, date_filters="ignored", response_envelope="items", survey_envelope="outbounds"
            ),
            {
                ("sessions", "date filters"): (IGNORED_DATES, SAFE),
                ("survey_responses", "date filters"): (IGNORED_DATES, SAFE),
                ("surveys", "list"): ("yes, under the name `outbounds`", SAFE),
                ("survey_responses", "list"): ("yes, under the name `items`", SAFE),
            },
        ),
        (
            Behavior(date_filters="blind", sends_total=False),
            {
                ("tickets", "date filters"): (BLIND, SAFE),
                ("sessions", "date filters"): (BLIND, SAFE),
                ("messages", "date filters"): (BLIND, SAFE),
                ("survey_responses", "date filters"): (BLIND, SAFE),
                ("tickets", "archived"): ("yes", SAFE),
            },
        ),
        (
            Behavior(refuses=frozenset({"bounds"}), refusal_status=422),
            {
                ("tickets", "colons of dates"): (f"refused (HTTP 422): {SLOW}", SAFE),
                ("sessions", "date filters"): (f"refused (HTTP 422): {SLOW}", SAFE),
            },
        ),
        (
            Behavior(refuses=frozenset({"sort"})),
            {
                ("sessions", "list"): (
                    "yes; HTTP 400 at first, read in pages of at most 1000 rows without `sort`",
                    SAFE,
                ),
            },
        ),
        (
            {"tickets": Behavior(refuses=frozenset({"archived"}))},
            {("tickets", "list"): ("refused if it asks for archived tickets (HTTP 400)", NOT_SAFE)},
        ),
        (
            Behavior(ignores_paging=True),
            {("tickets", "skip"): ("ignored, and so is `limit`: everything comes at once", SAFE)},
        ),
        (Behavior(max_skip=90), {("tickets", "skip"): (REFUSED_SKIP, SAFE)}),
        (Behavior(max_skip=10_000), {("sessions", "skip"): (REFUSED_SKIP, SAFE)}),
        (
            Behavior(max_skip=10_000, date_filters="ignored"),
            {("sessions", "skip"): (NO_WAY, NOT_SAFE), ("survey_responses", "skip"): ("honored", SAFE)},
        ),
        (Behavior(max_skip=3), {("survey_responses", "skip"): (NO_WAY, NOT_SAFE)}),
        (
            Behavior(page_cap=40),
            {
                ("sessions", "skip"): ("honored; pages have at most 40 records", SAFE),
                ("messages", "skip"): ("honored; pages have at most 40 records", SAFE),
            },
        ),
        (Behavior(page_cap=3), {("surveys", "one request"): ("no: 3 come, and more follow", NOT_SAFE)}),
        (
            Behavior(project_wide_messages=False),
            {
                ("messages", "list"): ("refused: HTTP 400", NOT_SAFE),
                ("messages", "id"): ("the list that this needs was not read", UNKNOWN),
            },
        ),
        (
            Behavior(project_wide_messages="empty"),
            {("messages", "list"): ("empty as a sync asks for it, though there are records", NOT_SAFE)},
        ),
    ],
)
def test_behavior_of_gleap_is_observed_and_judged(
    behavior: Behavior | Mapping[str, Behavior], expected: Results
) -> None:
    result = check(behavior)
    assert {key: result.results[key] for key in expected} == expected
    assert result.with_verdict(NOT_SAFE) == {key for key in result.results if result.advice(*key)}


@pytest.mark.parametrize("status", [413, 504])
def test_page_that_is_too_large_is_replaced_by_small_ones(status: Any) -> None:
    observed, verdict = check(Behavior(max_rows_before_504=99, too_large_status=status)).results["tickets", "list"]
    assert observed.startswith(f"yes, under the name `tickets`; HTTP {status} at first, read in pages of at most ")
    assert verdict == SAFE


def test_fields_that_only_single_tickets_have_are_named() -> None:
    project = Project.empty()
    fields = {"sentiment": "positive", "conversationRating": "10", "firstAssignmentAt": "2026-01-01T00:00:00.000Z"}
    project.add("tickets", "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z", **fields)
    found = check(Behavior(lean_ticket_rows=True), project).results["tickets", "fields in the list"]
    assert found == ("lacks `conversationRating`, `firstAssignmentAt`, `sentiment`: these columns are null", SAFE)


def test_other_fields_that_only_single_tickets_have_are_a_problem() -> None:
    full = {**days(1)[0], "aiSummary": "It broke.", "secret": "x"}
    found = check(
        fault=lambda request: (
            None
            if request.stream != "tickets"
            else Fault.status(200, json.dumps(full).encode())
            if request.path != "/tickets"
            else rows_of("tickets", days(1))
        )
    )
    assert found.results["tickets", "fields in the list"] == ("lacks `aiSummary`", NOT_SAFE)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (lambda _: None, ("yes", SAFE)),
        (lambda ticket: Fault.status(404) if ticket == 1 else None, ("yes", SAFE)),
        (lambda _: Fault.status(404), ("none is found", NOT_SAFE)),
        (lambda _: Fault.status(403), ("refused: HTTP 403", NOT_SAFE)),
        (lambda _: Fault.status(200, b'{"tickets": []}'), ("another form of response, or another id", NOT_SAFE)),
        (lambda _: Fault.status(503), ("HTTP 503", UNKNOWN)),
    ],
    ids=["own record", "one is gone", "all are gone", "refused", "list", "unavailable"],
)
def test_own_record_of_a_ticket_is_asked_for_in_detail_mode(
    response: Callable[[int], Fault | None], expected: tuple[str, str]
) -> None:
    asked = list[str]()

    def serve(request: Request) -> Fault | None:
        if request.stream != "tickets" or request.path == "/tickets":
            return None
        asked.append(request.path)
        return response(len(asked))

    result = check(fault=serve, tickets_mode="detail")
    assert result.results["tickets", "own record"] == expected
    assert ("tickets", "fields in the list") not in result.results
    assert ("Set 'How tickets are read' (tickets_mode) to 'list'" in result.stdout) == (expected[1] == NOT_SAFE)


def test_status_history_is_compared_by_ids() -> None:
    lists = {"activity-logs": days(4), "history": days(5), "messages": days(7)[3:]}

    def serve(request: Request) -> Fault | None:
        name = request.path.rpartition("/")[2]
        is_meant = request.stream in (None, "ticket_activity_logs") or "showHistory" in request.params
        return rows_of(name, lists[name]) if is_meant and name in lists else None

    observed, _ = check(fault=serve).results["tickets", "status history"]
    assert observed == (
        "`/activity-logs`: 4 listed, 0 of them in the lists before; "
        "`/history`: 5 listed, 4 of them in the lists before; "
        "`/messages` with `showHistory`: 4 listed, 2 of them in the lists before"
    )


def test_declared_keys_of_surveys_and_responses_are_named() -> None:
    results = check().results
    assert "`formData`" in results["survey_responses", "names of fields"][0]
    assert "`config`" in results["surveys", "names of fields"][0]


def conversation(moved: bool) -> Project:
    """Tickets with a message each that came an hour after the ticket was last changed, or changed it."""
    project, start = Project.empty(), datetime(2026, 1, 1, tzinfo=timezone.utc)
    for number in range(25):
        asked = start + timedelta(days=number)
        answered = asked + timedelta(hours=1)
        message = project.add("messages", answered)
        ticket = project.add("tickets", asked, answered if moved else asked, latestComment=message)
        project.update("messages", message, ticket=ticket)
    return project


@pytest.mark.parametrize(
    ("moved", "expected"),
    [(True, ("yes", SAFE)), (False, ("not all: 25 of 25 tickets are older than their latest message", NOT_SAFE))],
)
def test_messages_by_ticket_are_unsafe_if_they_do_not_update_tickets(moved: bool, expected: tuple[str, str]) -> None:
    result = check(project=conversation(moved), messages_mode="ticket")
    assert result.results["messages", "updates of tickets"] == expected


def test_refused_project_wide_list_is_safe_in_ticket_mode() -> None:
    result = check(Behavior(project_wide_messages=False), messages_mode="ticket")
    assert result.results["messages", "list"] == ("yes", SAFE)


def rows_of(stream: str, rows: list[dict[str, Any]], **extra: int) -> Fault:
    return Fault.status(200, json.dumps({stream: rows, **extra} if extra else rows).encode())


def days(count: int, **fields: Any) -> list[dict[str, Any]]:
    """Rows of `count` different days."""
    return [
        {
            "id": f"{day:024x}",
            "createdAt": f"2026-01-{day + 1:02}T00:00:00.000Z",
            "updatedAt": f"2026-01-{day + 1:02}T00:00:00.000Z",
            **fields,
        }
        for day in range(count)
    ]


def instead(is_meant: Callable[[Request], bool], response: Fault) -> FaultOrder:
    return lambda request: response if is_meant(request) else None


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("sessions", ("the dates themselves are excluded", NOT_SAFE)),
        ("survey_responses", ("honored, the dates themselves excluded", SAFE)),
    ],
)
def test_excluded_bounds_are_unsafe_where_windows_meet(stream: str, expected: tuple[str, str]) -> None:
    result = check(
        fault=instead(
            lambda r: (
                r.stream == stream and "updatedAt>" in r.params and r.params["updatedAt>"] == r.params["updatedAt<"]
            ),
            rows_of(stream, []),
        )
    )
    assert result.results[stream, "date filters"] == expected


@pytest.mark.parametrize("stream", ["sessions", "survey_responses"])
def test_parameters_that_find_nothing_where_rows_exist_are_unsafe(stream: str) -> None:
    result = check(fault=instead(lambda r: r.stream == stream and bool(r.params), rows_of(stream, [])))
    expected = ("empty as a sync asks for it, though there are records", NOT_SAFE)
    assert result.results[stream, "list"] == expected
    assert result.exit_code == 1


def test_ignored_skip_is_unsafe_unless_limit_is_ignored_too() -> None:
    first, small = rows_of("sessions", days(20)), rows_of("sessions", days(5))
    result = check(
        fault=lambda r: (small if int(r.params.get("limit", 0)) < 20 else first) if r.stream == "sessions" else None
    )
    assert result.results["sessions", "skip"] == ("ignored, and there may be more records", NOT_SAFE)


def is_ticket_list(request: Request, **params: str | None) -> bool:
    return request.path == "/tickets" and all(request.params.get(name) == value for name, value in params.items())


def test_tickets_in_neither_pass_are_counted() -> None:
    both = rows_of("tickets", days(5), totalCount=2000)
    result = check(fault=instead(lambda r: is_ticket_list(r, archived=None), both))
    observed, verdict = result.results["tickets", "archived"]
    assert re.fullmatch(r"no: 1\d{3} tickets come neither way", observed)
    assert verdict == NOT_SAFE
    assert "tickets are missing" in result.advice("tickets", "archived")


@pytest.mark.parametrize("marked", [True, False])
def test_ignored_archived_flag_brings_tickets_twice(marked: bool) -> None:
    both = rows_of("tickets", days(5, archived=True) if marked else days(5))
    result = check(fault=instead(lambda r: "archived" in r.params, both))
    assert result.results["tickets", "archived"] == ("no: the same tickets come both ways", NOT_SAFE)
    assert "tickets come twice" in result.advice("tickets", "archived")


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, ("no: archived tickets come neither way", NOT_SAFE)),
        ("false", ("yes: all come as not archived", SAFE)),
    ],
)
def test_archived_tickets_in_neither_pass_are_unsafe(where: str | None, expected: tuple[str, str]) -> None:
    def serve(request: Request) -> Fault | None:
        if request.path != "/tickets":
            return None
        is_where, is_active = (request.params.get("archived") == value for value in (where, "false"))
        return rows_of("tickets", days(5, archived=True) if is_where else days(1) if is_active else [])

    assert check(fault=serve).results["tickets", "archived"] == expected


def test_hidden_spam_is_unsafe() -> None:
    spam = days(9, isSpam=True)[5:6]
    result = check(
        fault=lambda r: None if r.path != "/tickets" else rows_of("tickets", spam) if "isSpam" in r.params
        else rows_of("tickets", [] if r.params.get("archived") == "true" else serve_days(r))
    )  # fmt: skip
    assert result.results["tickets", "spam"] == ("hidden", NOT_SAFE)


def serve_days(request: Request) -> list[dict[str, Any]]:
    """Four days, by the date bounds of the request."""
    low, high = request.params.get("updatedAt>", ""), request.params.get("updatedAt<", "9")
    return [row for row in days(4) if low <= row["updatedAt"] <= high]


@pytest.mark.parametrize("stream", ["tickets", "sessions", "teams", "surveys"])
def test_refused_probe_of_the_doctor_is_no_problem(stream: str) -> None:
    def is_probe(request: Request) -> bool:
        if stream in ("teams", "surveys"):
            return "skip" in request.params
        return not request.params or "isSpam" in request.params

    project = Project.empty() if stream == "sessions" else PROJECT
    result = check(project=project, fault=instead(lambda r: r.stream == stream and is_probe(r), Fault.status(422)))
    assert result.with_verdict(NOT_SAFE) == set()
    assert "HTTP 422" in result.stdout


@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        ({"updatedAt": "2026-01-01T00:00:00Z"}, "updatedAt", ("without milliseconds", NOT_SAFE)),
        ({"updatedAt": "2026-01-01T00:00:00.000+00:00"}, "updatedAt", ("yes", SAFE)),
        ({"updatedAt": "yesterday"}, "updatedAt", ("not a date", NOT_SAFE)),
        ({"updatedAt": None}, "updatedAt", ("missing in 4 records; `createdAt` replaces it", SAFE)),
        ({"id": None}, "id", ("missing in 4 of 4 records", NOT_SAFE)),
        ({"id": None, "_id": "a1"}, "id", ("yes", SAFE)),
        ({"value": {"amount": 5}}, "types", ("not `value` (a JSON object)", NOT_SAFE)),
    ],
)
def test_shape_of_rows_is_judged(fields: dict[str, Any], name: str, expected: tuple[str, str]) -> None:
    result = check(fault=instead(lambda r: r.stream == "sessions", rows_of("sessions", days(4, **fields))))
    assert result.results["sessions", name] == expected


def test_undated_rows_that_the_filter_leaves_out_are_unsafe() -> None:
    undated, dated = rows_of("sessions", days(4, updatedAt=None)), rows_of("sessions", days(9)[4:])
    result = check(fault=lambda r: None if r.stream != "sessions" else dated if "updatedAt>" in r.params else undated)
    expected = ("missing in 4 records, which do not come for any date", NOT_SAFE)
    assert result.results["sessions", "updatedAt"] == expected


def test_tickets_without_ids_leave_checks_of_single_tickets_unknown() -> None:
    rows = rows_of("tickets", [{"updatedAt": "2026-01-01T00:00:00.000Z"}])
    results = check(fault=instead(lambda r: r.stream == "tickets", rows)).results
    assert results["tickets", "id"] == ("missing in 1 of 1 records", NOT_SAFE)
    assert results["tickets", "status history"] == ("no record of tickets is known", UNKNOWN)


def test_responses_without_answers_are_unsafe() -> None:
    rows = rows_of("survey_responses", days(4))
    results = check(fault=instead(lambda r: r.stream == "survey_responses", rows)).results
    assert results["survey_responses", "names of fields"] == ("none of `formData`, `responses`", NOT_SAFE)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.status(403), ("refused: HTTP 403", NOT_SAFE)),
        (Fault.status(422), ("refused: HTTP 422", NOT_SAFE)),
        (Fault.status(500), ("HTTP 500", UNKNOWN)),
        (Fault.broken_json(), ("a response that is not JSON", UNKNOWN)),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_failing_stream_is_reported_once_and_others_are_checked(fault: Fault, expected: tuple[str, str]) -> None:
    result = check(fault=instead(lambda r: r.stream == "sessions", fault))
    assert result.results["sessions", "list"] == expected
    assert result.results["sessions", "skip"] == ("the list that this needs was not read", UNKNOWN)
    assert result.results["survey_responses", "names of fields"][1] == SAFE
    assert result.exit_code == (1 if expected[1] == NOT_SAFE else 0)


def test_deleted_survey_does_not_hide_the_responses_of_others() -> None:
    answered = {record["survey_id"] for record in PROJECT.expected_records["survey_responses"].values()}
    gone = frozenset(sorted(answered)[:2])
    assert check(Behavior(gone_parents=gone)).results["survey_responses", "names of fields"][1] == SAFE
