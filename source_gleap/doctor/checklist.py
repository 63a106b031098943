"""All checks, and the order in which they run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from source_gleap.doctor.checks import lists, others, rows, tickets
from source_gleap.doctor.client import RequestFailedError
from source_gleap.doctor.connector_requests import StreamRequests
from source_gleap.doctor.result import CheckResult, not_safe, unknown
from source_gleap.doctor.sampler import Sampler

Run = Callable[[Sampler, StreamRequests], CheckResult]


@dataclass(frozen=True)
class Check:
    """One line of the report.

    Attributes:
        subject: The name of the stream that it is about; `all` if it is about none.
        name: Unique within the subject.
        assumption: What the connector assumes; `either` if it copes with everything.
        run: Takes samples of a stream and judges them. Raises RequestFailedError.
        stream: That stream.
        needs_rows: Whether it judges rows of the stream's first page.
    """

    subject: str
    name: str
    assumption: str
    run: Run
    stream: StreamRequests
    needs_rows: bool = True


def all_checks(sampler: Sampler) -> Iterator[Check]:
    """The checks. What a sync depends on comes first: where the requests are used up, the rest stays unknown."""
    for stream in sampler.streams.values():
        for name, assumption, run, applies in _stream_checks(sampler, stream):
            if applies:
                yield Check(stream.name, name, assumption, run, stream, needs_rows=run is not rows.listed)
    of_tickets = sampler.tickets
    assumption = "may lack rating, sentiment, first assignment"
    yield Check("tickets", "fields of a row", assumption, tickets.row_fields, of_tickets)
    yield Check("tickets", "status history", "in `/activity-logs`", others.status_history, of_tickets)
    assumption = "either (`Retry-After` is obeyed)"
    yield Check("all", "rate limit headers", assumption, others.rate_limit, of_tickets, needs_rows=False)


def run_check(check: Check, sampler: Sampler) -> CheckResult:
    """The result of a check. A failed request is a result; the line about the list tells the reason."""
    if check.needs_rows:
        try:
            if not sampler.first_page(check.stream).items:
                return unknown()
        except RequestFailedError:
            return unknown("see `list`")
    try:
        return check.run(sampler, check.stream)
    except RequestFailedError as error:
        if error.is_permanent:
            return not_safe(f"refused: {error.cause}", "a sync that sends this request fails")
        return unknown(error.cause, is_unanswered=error.is_transient)


def _stream_checks(sampler: Sampler, stream: StreamRequests) -> list[tuple[str, str, Run, bool]]:
    """Name, assumption and function of each check, and whether it applies to the stream."""
    is_tickets, is_paged, is_messages = stream is sampler.tickets, bool(stream.page_size), stream.name == "messages"
    return [
        ("list", "an array, bare or under a known key", rows.listed, True),
        ("id", "`id` or `_id` in each row", rows.ids, not stream.extractor.get("hashes_missing_ids")),
        ("updatedAt", "in each row, to the millisecond", rows.change_dates, True),
        ("types", "the declared fields can be read", rows.types, True),
        ("keys", "either", rows.keys, "survey" in stream.name),
        ("one request", "brings the whole list", lists.whole_list, not is_paged),
        ("sort", "either", lists.sort, stream.is_sortable),
        ("date filters", "either, bounds included", lists.date_filters, stream.has_date_filter),
        ("colons of dates", "accepted as they are", lists.date_colons, is_tickets),
        ("skip", "honored", lists.skip, is_paged),
        ("archived", "two passes bring every ticket once", tickets.archived, is_tickets),
        ("spam by default", "listed", tickets.spam, is_tickets),
        (
            "updates of tickets",
            "each message updates its ticket",
            tickets.updated_by_messages,
            is_messages and stream.parent == "tickets",
        ),
    ]
