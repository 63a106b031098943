"""All checks, and the order in which they run."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from source_gleap.doctor.checks import lists, rows, tickets
from source_gleap.doctor.client import RequestFailedError
from source_gleap.doctor.result import (
    REPORT,
    TRY_AGAIN,
    WAIT_FOR_RECORDS,
    CheckResult,
    Line,
    not_safe,
    solve_first,
    unknown,
)
from source_gleap.doctor.sampler import Sampler

# Takes samples of a stream and judges them. Raises RequestFailedError.
Check = Callable[[Sampler], CheckResult]
_NO_RECORD = "every sync of this stream fails and brings no record"


def run_all(streams: Mapping[str, Sampler], own_tickets: Sampler) -> Iterator[Line]:
    """The lines of the report. What a sync depends on comes first: once the requests are used up, the rest is unknown.

    Args:
        streams: All streams; tickets as they are listed.
        own_tickets: Tickets as they are requested one by one.
    """
    for stream in streams.values():
        for name, assumption, run, applies in _stream_checks(stream):
            if applies:
                yield Line(stream.name, name, assumption, _run(run, stream))
    listed = streams["tickets"]
    if listed.config["tickets_mode"] == "detail":
        assumption = "each ticket has one, with its id"
        name, check = "own record", partial(tickets.own_record, own_tickets)
    else:
        assumption = "the list lacks rating, sentiment and first assignment only"
        name, check = "fields in the list", partial(tickets.row_fields, own_tickets)
    yield Line("tickets", name, assumption, _run(check, listed))
    yield Line("tickets", "status history", "it is in `/activity-logs`", _run(tickets.status_history, listed))
    assumption = "none needed: the connector waits where Gleap asks it to"
    yield Line("all", "rate limit headers", assumption, tickets.rate_limit(listed.client))


def _run(check: Check, stream: Sampler) -> CheckResult:
    """The result of a check. A failed request is a result; the line about the list tells the reason."""
    is_list = check is rows.listed
    try:
        return check(stream) if is_list or stream.first_page.items else unknown()
    except RequestFailedError as error:
        needs = "" if is_list and error.needs == stream.name else error.needs
        if error.is_permanent and not needs:
            consequence = _NO_RECORD if is_list else "a sync that sends this request fails"
            return not_safe(f"refused: {error.cause}", consequence, error.advice or REPORT)
        if error.is_permanent and is_list and needs == stream.parent:
            return not_safe(f"needs a record of {needs}, whose list is refused", _NO_RECORD, solve_first(needs))
        reason = "the list that this needs was not read" if needs else error.cause
        return unknown(reason, TRY_AGAIN if error.is_transient else WAIT_FOR_RECORDS)


def _stream_checks(stream: Sampler) -> list[tuple[str, str, Check, bool]]:
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
        ("date filters", "honored or not; the dates themselves included", lists.date_filters, stream.has_date_filter),
        ("colons of dates", "accepted as they are", lists.date_colons, is_tickets),
        ("skip", "honored: it starts a page further down the list", lists.skip, is_paged),
        ("archived", "asked for with and without, each ticket comes once", tickets.archived, is_tickets),
        ("spam", "listed unless asked for otherwise", tickets.spam, is_tickets),
        ("updates of tickets", "each message updates its ticket", tickets.updated_by_messages, is_by_ticket),
    ]
