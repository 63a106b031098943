"""All checks, and the order in which they run."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from source_gleap.doctor.checks import lists, rows, tickets
from source_gleap.doctor.client import RequestFailedError
from source_gleap.doctor.result import TRY_AGAIN, WAIT_FOR_RECORDS, CheckResult, not_safe, unknown
from source_gleap.doctor.sampler import Sampler

Run = Callable[[Sampler], CheckResult]


class Check(NamedTuple):
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
    stream: Sampler
    needs_rows: bool = True


def all_checks(streams: Mapping[str, Sampler], own_tickets: Sampler) -> Iterator[Check]:
    """The checks. What a sync depends on comes first: where the requests are used up, the rest stays unknown.

    Args:
        streams: All streams; tickets as they are listed.
        own_tickets: Tickets as a sync reads them.
    """
    for stream in streams.values():
        for name, assumption, run, applies in _stream_checks(stream):
            if applies:
                yield Check(stream.name, name, assumption, run, stream, needs_rows=run is not rows.listed)
    listed = streams["tickets"]
    if own_tickets.parent:
        assumption = "each ticket has one, with its id"
        yield Check("tickets", "own record", assumption, tickets.own_record, own_tickets, needs_rows=False)
    else:
        assumption = "the list lacks rating, sentiment and first assignment only"
        yield Check("tickets", "fields in the list", assumption, tickets.row_fields, listed)
    yield Check("tickets", "status history", "it is in `/activity-logs`", tickets.status_history, listed)
    assumption = "none needed: the connector waits where Gleap asks it to"
    yield Check("all", "rate limit headers", assumption, tickets.rate_limit, listed, needs_rows=False)


def run_check(check: Check) -> CheckResult:
    """The result of a check. A failed request is a result; the line about the list tells the reason."""
    try:
        if check.needs_rows and not check.stream.needed_page.items:
            return unknown()
        return check.run(check.stream)
    except RequestFailedError as error:
        if error.is_permanent and not error.needs:
            return not_safe(error.observed, "a sync that sends this request fails", error.remedy)
        reason = "the list that this needs was not read" if error.needs else error.cause
        return unknown(reason, TRY_AGAIN if error.is_transient else WAIT_FOR_RECORDS)


def _stream_checks(stream: Sampler) -> list[tuple[str, str, Run, bool]]:
    """Name, assumption and function of each check, and whether it applies to the stream."""
    is_tickets, is_paged = stream.name == "tickets", bool(stream.page_size)
    is_by_ticket = stream.name == "messages" and stream.parent == "tickets"
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
        ("updates of tickets", "each message updates its ticket", tickets.updated_by_messages, is_by_ticket),
    ]
