"""Each question that API.md leaves open: what the doctor finds where Gleap behaves one way, and where another."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from integration_tests.doctoring import NOT_SAFE, NOT_SEEN, SAFE, Examination, examine
from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request

PROJECT = Project.generate(seed=8, tickets=301)
Faulty = Callable[[Request], Fault | None]


def examined(
    behavior: Behavior | Mapping[str, Behavior] = Behavior(),  # noqa: B008 # it is frozen
    project: Project = PROJECT,
    fault: Faulty | None = None,
    **settings: str,
) -> Examination:
    with GleapEmulator(project, behavior, fault=fault) as emulator:
        return examine(emulator.config(**settings))


BY_DATE = "a deep `skip` is refused: read in shorter windows instead"
NO_WAY = "a deep `skip` is refused, and dates do not help"
IGNORED_ORDER = "ignored: read by offset, with an overlap"
BOUNDS_IGNORED = "not honoured, or one of them: each window reads more than it needs, which is slow"
TOO_LARGE = "a page of 1000 is refused (HTTP {}): halved until it is not"
SHOWN = "listed; with `ignoreArchived=true` listed"
ONE_PAGE = "no more rows than one page shows"


@pytest.mark.parametrize(
    ("behavior", "stream", "question", "does", "verdict"),
    [
        (Behavior(), "tickets", "sort", "honoured", SAFE),
        (Behavior(honours_sort=False), "tickets", "sort", IGNORED_ORDER, SAFE),
        (Behavior(honours_sort=False, natural_order="updated_desc"), "sessions", "sort", IGNORED_ORDER, SAFE),
        (Behavior(message_order="sorted"), "messages", "sort", "honoured", SAFE),
        (Behavior(), "messages", "sort", IGNORED_ORDER, SAFE),
        (Behavior(), "tickets", "date filters", "both honoured, bounds included", SAFE),
        (Behavior(), "messages", "date filters", "both honoured, bounds included", SAFE),
        (Behavior(honours_filters=False), "sessions", "date filters", BOUNDS_IGNORED, SAFE),
        (Behavior(), "sessions", "limit, skip", "both honoured", SAFE),
        (Behavior(ignores_paging=True), "tickets", "limit, skip", "both ignored: everything comes at once", SAFE),
        (Behavior(max_skip=90), "tickets", "limit, skip", BY_DATE, SAFE),
        (Behavior(max_skip=90, honours_filters=False), "tickets", "limit, skip", NO_WAY, NOT_SAFE),
        (Behavior(max_skip=10), "survey_responses", "limit, skip", NO_WAY, NOT_SAFE),
        (Behavior(page_cap=40), "sessions", "page cap", "40", SAFE),
        (Behavior(page_cap=40), "messages", "page cap", "40", SAFE),
        (Behavior(), "sessions", "page cap", ONE_PAGE, NOT_SEEN),
        (Behavior(max_rows_before_504=99), "tickets", "page cap", TOO_LARGE.format(504), SAFE),
        (Behavior(max_rows_before_504=99, too_large_status=413), "messages", "page cap",
         TOO_LARGE.format(413), SAFE),
        (Behavior(), "sessions", "deep skip", "not refused", SAFE),
        (Behavior(max_skip=10_000), "sessions", "deep skip", BY_DATE, SAFE),
        (Behavior(max_skip=10_000, honours_filters=False), "sessions", "deep skip", NO_WAY, NOT_SAFE),
        (Behavior(), "tickets", "totalCount", "comes", SAFE),
        (Behavior(sends_total=False), "tickets", "totalCount", "`totalCount` does not come", SAFE),
        (Behavior(), "tickets", "archived flag", "honoured", SAFE),
        (Behavior(), "tickets", "two passes", "yes", SAFE),
        (Behavior(sends_total=False), "tickets", "two passes", "`totalCount` does not come", NOT_SEEN),
        (Behavior(), "tickets", "archived by default", "hidden; with `ignoreArchived=true` listed", SAFE),
        (Behavior(hides_archived=False), "tickets", "archived by default", SHOWN, SAFE),
        (Behavior(), "tickets", "spam by default", "listed", SAFE),
        (Behavior(default_limit=7), "tickets", "limit by default", "7", SAFE),
        (Behavior(), "messages", "project-wide list", "allowed", SAFE),
        (Behavior(project_wide_messages=False), "messages", "project-wide list", "refused (HTTP 400)", NOT_SAFE),
        (Behavior(project_wide_messages=False), "messages", "list of one ticket", "a bare array", SAFE),
        (Behavior(), "surveys", "list", "a bare array", SAFE),
        (Behavior(survey_envelope="outbounds"), "surveys", "list", "under `outbounds`", SAFE),
        (Behavior(), "surveys", "one request", "yes", SAFE),
        (Behavior(page_cap=3), "surveys", "one request", "no: 3 rows come, and more follow", NOT_SAFE),
        (Behavior(), "survey_responses", "list", "a bare array", SAFE),
        (Behavior(response_envelope="items"), "survey_responses", "list", "under `items`", SAFE),
        (Behavior(), "survey_responses", "answers", "under `formData`", SAFE),
        (Behavior(), "teams", "id", "one of them", SAFE),
        (Behavior(), "tickets", "id", "`id` always, `_id` not", SAFE),
        (Behavior(), "teams", "references", "records: `members`", SAFE),
        (Behavior(), "all", "unknown project", "refused (HTTP 403)", SAFE),
    ],
)  # fmt: skip
def test_each_mood_of_gleap_is_recognised_and_judged(
    behavior: Behavior, stream: str, question: str, does: str, verdict: str
) -> None:
    found = examined(behavior)
    assert found.findings[stream, question] == (does, verdict)
    assert bool(found.advice(stream, question)) == (verdict == NOT_SAFE)


def test_a_page_as_large_as_was_asked_for_is_not_taken_for_a_cap() -> None:
    found = examined(project=Project.generate(seed=8, tickets=1500))
    assert found.findings["tickets", "page cap"] == ("1000 or more", SAFE)


def test_a_project_wide_list_that_is_refused_is_safe_where_messages_are_read_by_ticket() -> None:
    found = examined(Behavior(project_wide_messages=False), messages_mode="ticket")
    assert found.findings["messages", "project-wide list"] == ("refused (HTTP 400)", SAFE)
    assert found.findings["messages", "of one ticket"] == ("it does", SAFE)


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
    ("moved", "mode", "verdict"), [(True, "ticket", SAFE), (False, "ticket", NOT_SAFE), (False, "project", SAFE)]
)
def test_messages_that_leave_their_ticket_unchanged_are_unsafe_where_they_are_read_by_ticket(
    moved: bool, mode: str, verdict: str
) -> None:
    does, found = examined(project=conversation(moved), messages_mode=mode).findings["messages", "moves its ticket"]
    assert found == verdict
    assert does == ("it does" if moved else "not always: 25 of 25 tickets are older than their latest message")


def listed(stream: str, **params: str | None) -> Callable[[Request], bool]:
    """Whether a request asks for `stream` with these parameters; None for one that is not sent."""
    return lambda request: (
        request.stream == stream and all(request.params.get(name) == value for name, value in params.items())
    )


def rows_of(stream: str, rows: list[dict[str, Any]], **extra: int) -> Fault:
    return Fault.status(200, json.dumps({stream: rows, **extra} if extra else rows).encode())


def days(count: int, **fields: Any) -> list[dict[str, Any]]:
    """Rows of `count` different days."""
    return [
        {"id": f"{day:024x}", "createdAt": f"2026-01-{day + 1:02}T00:00:00.000Z",
         "updatedAt": f"2026-01-{day + 1:02}T00:00:00.000Z", **fields} for day in range(count)
    ]  # fmt: skip


def instead(is_meant: Callable[[Request], bool], answer: Fault) -> Faulty:
    return lambda request: answer if is_meant(request) else None


@pytest.mark.parametrize(
    ("stream", "remedy"), [("sessions", "report this table"), ("messages", "(messages_mode) to 'ticket'")]
)
@pytest.mark.parametrize("others", [[], days(3)], ids=["none", "only others"])
def test_a_filter_that_finds_no_row_at_the_date_of_a_row_is_not_safe(
    stream: str, remedy: str, others: list[dict[str, Any]]
) -> None:
    later = [{**row, "updatedAt": "2999-01-01T00:00:00.000Z"} for row in others]
    found = examined(fault=instead(lambda r: r.stream == stream and "updatedAt>" in r.params, rows_of(stream, later)))
    assert found.findings[stream, "date filters"] == ("no row comes for a date that a row has", NOT_SAFE)
    assert "rows are missing" in found.advice(stream, "date filters")
    assert remedy in found.advice(stream, "date filters")


@pytest.mark.parametrize("stream", ["sessions", "survey_responses"])
def test_parameters_that_find_nothing_where_there_are_rows_are_not_safe(stream: str) -> None:
    found = examined(fault=instead(lambda r: r.stream == stream and bool(r.params), rows_of(stream, [])))
    assert found.findings[stream, "list"] == ("empty for the connector's parameters, though there are rows", NOT_SAFE)
    assert found.exit_code == 1


def test_skip_that_is_ignored_while_limit_is_not_is_not_safe() -> None:
    first = rows_of("sessions", days(20))
    small = rows_of("sessions", days(5))
    found = examined(
        fault=lambda r: (small if int(r.params.get("limit", 0)) < 20 else first) if r.stream == "sessions" else None
    )
    assert found.findings["sessions", "limit, skip"] == ("`skip` ignored, and there may be more", NOT_SAFE)


def test_tickets_that_neither_pass_brings_are_counted() -> None:
    fault = instead(listed("tickets", archived="false", limit="10"), rows_of("tickets", days(5), totalCount=200))
    does, verdict = examined(fault=fault).findings["tickets", "two passes"]
    assert verdict == NOT_SAFE
    assert "tickets are in neither pass" in does


def test_a_ticket_that_moved_between_two_requests_is_not_taken_for_missing() -> None:
    once = [rows_of("tickets", days(5), totalCount=0)]
    is_meant = listed("tickets", archived="true", limit="10")
    found = examined(fault=lambda r: once.pop() if once and is_meant(r) else None)
    assert not once
    assert found.findings["tickets", "two passes"] == ("yes", SAFE)


@pytest.mark.parametrize("marked", [True, False])
def test_an_archived_flag_that_is_ignored_brings_tickets_twice(marked: bool) -> None:
    both = rows_of("tickets", days(5, archived=True) if marked else days(5))
    found = examined(fault=instead(lambda r: "archived" in r.params, both))
    assert found.findings["tickets", "archived flag"] == ("ignored: both passes bring the same", NOT_SAFE)
    assert "tickets come twice" in found.advice("tickets", "archived flag")


@pytest.mark.parametrize(
    ("where", "does", "verdict"),
    [
        (None, "`archived=true` finds none, though there are some", NOT_SAFE),
        ("false", "both come with `archived=false`, none with `archived=true`", SAFE),
    ],
)
def test_archived_tickets_that_no_pass_brings_are_not_safe(where: str | None, does: str, verdict: str) -> None:
    def answer(request: Request) -> Fault | None:
        if request.stream == "tickets":
            has_archived = request.params.get("archived") == where
            return rows_of("tickets", days(5, archived=True) if has_archived else [])
        return None

    assert examined(fault=answer).findings["tickets", "archived flag"] == (does, verdict)


@pytest.mark.parametrize("stream", ["tickets", "sessions", "teams", "surveys"])
def test_a_refusal_of_what_only_the_doctor_asks_is_not_held_against_the_project(stream: str) -> None:
    def is_doctors(request: Request) -> bool:
        if stream in ("teams", "surveys"):
            return "skip" in request.params
        return not request.params or "isSpam" in request.params

    refused = Fault.status(422)
    project = Project.empty() if stream == "sessions" else PROJECT
    found = examined(project=project, fault=instead(lambda r: r.stream == stream and is_doctors(r), refused))
    assert found.with_verdict(NOT_SAFE) == set()
    assert "HTTP 422" in found.printed


def test_an_answer_that_is_no_json_is_asked_for_again_and_held_against_the_project_if_it_stays() -> None:
    once = [Fault.broken_json()]
    found = examined(fault=lambda r: once.pop() if once and r.stream == "sessions" else None)
    assert found.findings["sessions", "list"] == ("a bare array", SAFE)
    found = examined(fault=instead(lambda r: r.stream == "sessions", Fault.broken_json()))
    assert found.findings["sessions", "list"] == ("refused: an answer that is not JSON", NOT_SAFE)


def test_spam_that_comes_only_when_it_is_asked_for_is_not_safe() -> None:
    project = Project.empty()
    for row in days(6):
        project.add("tickets", row["createdAt"])
    spam = rows_of("tickets", days(8, isSpam=True)[7:])
    assert examined(project=project).findings["tickets", "spam by default"] == ("no spam is known", NOT_SEEN)
    hidden = examined(project=project, fault=instead(listed("tickets", isSpam="true"), spam))
    assert hidden.findings["tickets", "spam by default"] == ("hidden", NOT_SAFE)
    assert "tickets marked as spam are missing" in hidden.advice("tickets", "spam by default")


@pytest.mark.parametrize(
    ("fields", "question", "does", "verdict"),
    [
        ({"updatedAt": "2026-01-01T00:00:00Z"}, "updatedAt", "without milliseconds", NOT_SAFE),
        (
            {"updatedAt": "2026-01-01T00:00:00.000+00:00"},
            "updatedAt",
            "always, in another form, which is understood",
            SAFE,
        ),
        ({"updatedAt": "yesterday"}, "updatedAt", "something else than a date", NOT_SAFE),
        ({"updatedAt": None}, "updatedAt", "missing in 4 rows; `createdAt` stands in", SAFE),
        ({"id": None}, "id", "neither in 4 of 4 rows", NOT_SAFE),
        ({"id": None, "_id": "a1"}, "id", "one of them", SAFE),
        ({"_id": "a1"}, "id", "both", SAFE),
        ({"value": {"amount": 5}}, "types", "not `value` (a dict)", NOT_SAFE),
    ],
)
def test_the_shape_of_rows_is_seen(fields: dict[str, Any], question: str, does: str, verdict: str) -> None:
    found = examined(fault=instead(lambda r: r.stream == "sessions", rows_of("sessions", days(4, **fields))))
    assert found.findings["sessions", question] == (does, verdict)


def test_rows_without_a_date_that_the_filter_leaves_out_are_not_safe() -> None:
    dateless = rows_of("sessions", days(4, updatedAt=None))
    found = examined(fault=instead(lambda r: r.stream == "sessions" and "updatedAt>" not in r.params, dateless))
    assert found.findings["sessions", "updatedAt"] == ("missing in 4 rows, which do not come for any date", NOT_SAFE)


def test_responses_without_answers_are_not_safe() -> None:
    found = examined(fault=instead(lambda r: r.stream == "survey_responses", rows_of("survey_responses", days(4))))
    assert found.findings["survey_responses", "answers"] == ("under neither", NOT_SAFE)


@pytest.mark.parametrize(
    ("status", "does", "verdict"),
    [(403, "refused: HTTP 403", NOT_SAFE), (500, "HTTP 500", NOT_SEEN), (422, "refused: HTTP 422", NOT_SAFE)],
)
def test_a_stream_that_is_refused_is_said_once_and_the_others_are_examined(
    status: int, does: str, verdict: str
) -> None:
    found = examined(fault=instead(lambda r: r.stream == "sessions", Fault.status(status)))
    assert found.findings["sessions", "list"] == (does, verdict)
    assert found.findings["sessions", "sort"] == ("see `list`", NOT_SEEN)
    assert found.findings["survey_responses", "answers"][1] == SAFE
    assert found.exit_code == (1 if verdict == NOT_SAFE else 0)


def test_a_survey_that_is_gone_does_not_hide_the_responses_of_others() -> None:
    answered = {record["survey_id"] for record in PROJECT.expected_records["survey_responses"].values()}
    gone = frozenset(sorted(answered)[:2])
    assert examined(Behavior(gone_surveys=gone)).findings["survey_responses", "answers"] == ("under `formData`", SAFE)


@pytest.mark.parametrize(
    ("theirs", "does", "verdict"),
    [
        ("ours", "not looked at: the key decides", SAFE),
        ("none", "answered without complaint; but this one has records, so its id is right", SAFE),
    ],
)
def test_an_unknown_project_that_is_answered_is_told_from_ours(theirs: str, does: str, verdict: str) -> None:
    with GleapEmulator(PROJECT) as emulator:
        rows = [{"id": key} for key in PROJECT.expected_records["teams"]]
        ours, none = rows_of("teams", rows), rows_of("teams", [])
        unknown = ours if theirs == "ours" else none
        emulator.fault = lambda r: (
            (ours if r.headers["project"] == emulator.project_id else unknown) if r.stream == "teams" else None
        )
        assert examine(emulator.config()).findings["all", "unknown project"] == (does, verdict)
