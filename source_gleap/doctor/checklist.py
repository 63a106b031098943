"""All checks, and the order in which they run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from source_gleap.doctor.checks import lists, others, rows, tickets
from source_gleap.doctor.client import RequestFailedError
from source_gleap.doctor.connector_requests import StreamRequests
from source_gleap.doctor.result import TRY_AGAIN, WAIT_FOR_RECORDS, CheckResult, not_safe, unknown
from source_gleap.doctor.sampler import Sampler

Run = Callable[[Sampler, StreamRequests], CheckResult]


@dataclass(frozen=True)
class Check:
    """One line of the report.

    Attributes:
        subject: The name of the stream that it is about; `all` if it is about none.
        name: Unique within the subject.
        assumption: What the connector assumes, in words of those who run it.
        run: Takes samples of a stream and judges them. Raises RequestFailedError.
        stream: That stream.
        needs_rows: Whether it judges records of the stream's first page.
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
    if detailed := sampler.tickets_in_detail:
        assumption = "each ticket has one, with its id"
        yield Check("tickets", "own record", assumption, tickets.own_record, detailed, needs_rows=False)
    else:
        assumption = "the list lacks rating, sentiment and first assignment only"
        yield Check("tickets", "fields in the list", assumption, tickets.row_fields, of_tickets)
    yield Check("tickets", "status history", "it is in `/activity-logs`", others.status_history, of_tickets)
    assumption = "none needed: the connector waits where Gleap asks it to"
    yield Check("all", "rate limit headers", assumption, others.rate_limit, of_tickets, needs_rows=False)


def run_check(check: Check, sampler: Sampler) -> CheckResult:
    """The result of a check. A failed request is a result; the line about the list tells the reason."""
    is_read = not check.needs_rows
    try:
        if check.needs_rows and not sampler.first_page(check.stream).items:
            return unknown()
        is_read = True
        return check.run(sampler, check.stream)
    except RequestFailedError as error:
        if is_read and error.is_permanent and not error.needs:
            return not_safe(error.observed, "a sync that sends this request fails", error.remedy)
        reason = error.cause if is_read and not error.needs else "the list that this needs was not read"
        return unknown(reason, TRY_AGAIN if error.is_transient else WAIT_FOR_RECORDS)


def _stream_checks(sampler: Sampler, stream: StreamRequests) -> list[tuple[str, str, Run, bool]]:
    """Name, assumption and function of each check, and whether it applies to the stream."""
    is_tickets, is_paged, is_messages = stream is sampler.tickets, bool(stream.page_size), stream.name == "messages"
    return [
        ("list", "Gleap sends it", rows.listed, True),
        ("id", "each record has one", rows.ids, not stream.extractor.get("hashes_missing_ids")),
        ("updatedAt", "each record has it, to the millisecond", rows.change_dates, True),
        ("types", "known fields have their known types", rows.types, True),
        ("names of fields", "one of those that are known", rows.keys, "survey" in stream.name),
        ("one request", "it brings the whole list", lists.whole_list, not is_paged),
        ("sort", "honored or not", lists.sort, stream.is_sortable),
        ("date filters", "honored or not; the dates themselves included", lists.date_filters, stream.has_date_filter),
        ("colons of dates", "accepted as they are", lists.date_colons, is_tickets),
        ("skip", "honored: it starts a page further down the list", lists.skip, is_paged),
        ("archived", "asked for with and without, each ticket comes once", tickets.archived, is_tickets),
        ("spam", "listed unless asked for otherwise", tickets.spam, is_tickets),
        (
            "updates of tickets",
            "each message updates its ticket",
            tickets.updated_by_messages,
            is_messages and stream.parent == "tickets",
        ),
    ]
