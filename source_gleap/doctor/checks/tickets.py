"""What the list of tickets hides, and whether it shows all messages (docs/API.md 3.1, 3.3, 4)."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from source_gleap.components.extraction import id_of
from source_gleap.components.normalization import to_utc
from source_gleap.components.window_pages import EVERYTHING, Phase
from source_gleap.doctor.checks.lists import HONORED, PROOF_ROWS, date_filters
from source_gleap.doctor.checks.rows import name_all
from source_gleap.doctor.client import Client, RequestFailedError
from source_gleap.doctor.result import CheckResult, not_safe, safe, unknown
from source_gleap.doctor.sampler import SAMPLE_ROWS, Sampler

_ARCHIVED = replace(EVERYTHING, archived=True)
# List rows were seen without them (docs/API.md 4.1); the documents say so.
_KNOWN_TO_LACK = {"conversationRating", "firstAssignmentAt", "sentiment"}
_PROOF_COMMENTS = 20
# A message and its ticket may be written one after the other.
_SECONDS_BETWEEN_WRITES = 5


def archived(tickets: Sampler) -> CheckResult:
    """Whether the two passes hold every ticket, and each once. A flag is often absent rather than false."""
    passes = active, archived = tickets.first_page, tickets.page(SAMPLE_ROWS, window=_ARCHIVED)
    either, bare = tickets.probe(tickets.token(SAMPLE_ROWS, window=EVERYTHING)), tickets.probe()
    # With its date: a ticket that was archived between the two requests has another one.
    in_active, in_archived = ({(id_of(row), to_utc(row.get("updatedAt"))) for row in page.rows} for page in passes)
    if in_active & in_archived:
        remedy = "Choose a sync mode that deduplicates, and report this table to the maintainers of the connector."
        return not_safe("no: the same tickets come both ways", "tickets come twice in a sync", remedy)
    missing = max(either.total or 0, bare.total or 0) - (active.total or 0) - (archived.total or 0)
    if active.total is not None and missing >= PROOF_ROWS:
        return not_safe(f"no: {missing} tickets come neither way", f"{missing} tickets are missing")
    if any(row.get("archived") is True for row in active.rows):
        return safe("yes: all come as not archived")
    if not archived.items:
        if any(row.get("archived") is True for row in either.rows + bare.rows):
            return not_safe("no: archived tickets come neither way", "archived tickets are missing")
        return unknown("no archived ticket is known")
    if active.total is None or bare.total is None:
        return safe("yes")
    is_hidden = abs(bare.total - active.total) < abs(bare.total - active.total - (archived.total or 0))
    return safe(f"yes; archived tickets are {'hidden' if is_hidden else 'listed'} by default")


def spam(tickets: Sampler) -> CheckResult:
    """Whether tickets marked as spam are listed without being asked for: the connector does not ask for them."""
    if any(row.get("isSpam") is True for row in tickets.first_page.rows):
        return safe("listed")
    marked = [row for row in tickets.probe(tickets.token(SAMPLE_ROWS), isSpam="true").rows if row.get("isSpam") is True]
    key, date = next(((id_of(row), date) for row in marked if (date := to_utc(row.get("updatedAt")))), (None, ""))
    if not date:
        return unknown("no spam is known")
    if date_filters(tickets).observed != HONORED:
        return unknown("cannot be told without date filters")
    found = tickets.page(SAMPLE_ROWS, low=date, high=date)
    if key in found.ids:
        return safe("listed")
    if len(found.items) >= SAMPLE_ROWS:
        return unknown("too many tickets of the same date")
    return not_safe("hidden", "tickets marked as spam are missing")


def own_record(own_tickets: Sampler, _: Sampler) -> CheckResult:
    """Whether a ticket's own record comes as a sync requests it. A sync skips a ticket without one, but not all."""
    try:
        found = own_tickets.page().ids
    except RequestFailedError as error:
        if error.is_transient:
            raise
        observed = f"refused: {error.cause}" if error.is_permanent else "none is found"
    else:
        if found == [own_tickets.parent_id]:
            return safe("yes")
        observed = "another form of response, or another id"
    remedy = "Set 'How tickets are read' (tickets_mode) to 'list'."
    return not_safe(observed, "every sync of this stream fails", remedy)


def row_fields(own_tickets: Sampler, tickets: Sampler) -> CheckResult:
    """Which declared fields a row of the list lacks that the ticket has when it is requested alone."""
    single, ticket_id = own_tickets.probe().items[0], own_tickets.parent_id
    if not isinstance(single, dict) or id_of(single) != ticket_id:
        return unknown("a ticket's own record comes in another form")
    row = next(row for row in tickets.first_page.rows if id_of(row) == ticket_id)
    lacking = {name for name in tickets.fields if single.get(name) not in (None, "", [], {})} - set(row)
    if lacking - _KNOWN_TO_LACK:
        return not_safe(f"lacks {name_all(lacking)}", "these columns are null")
    return safe(f"lacks {name_all(lacking)}: these columns are null" if lacking else "no declared field is missing")


def updated_by_messages(messages: Sampler) -> CheckResult:
    """By tickets and their latest messages: a ticket that is older than its message was not changed by it."""
    tickets = messages.streams["tickets"]
    found = tickets.first_page.rows + tickets.page(SAMPLE_ROWS, phase=Phase.PROBE).rows
    seconds = [
        (datetime.fromisoformat(commented[:23]) - datetime.fromisoformat(updated[:23])).total_seconds()
        for row in {id_of(row): row for row in found}.values()
        if isinstance(comment := row.get("latestComment"), dict)
        and (commented := to_utc(comment.get("createdAt")))
        and (updated := to_utc(row.get("updatedAt")))
    ]
    behind = sum(ahead > _SECONDS_BETWEEN_WRITES for ahead in seconds)
    if not behind:
        return safe("yes") if len(seconds) >= _PROOF_COMMENTS else unknown("too few tickets show their messages")
    consequence = "later messages of a ticket may be missing until the ticket changes in another way"
    remedy = "Set 'How messages are read' (messages_mode) to 'project', or sync by full refresh."
    observed = f"not all: {behind} of {len(seconds)} tickets are older than their latest message"
    return not_safe(observed, consequence, remedy)


def status_history(tickets: Sampler) -> CheckResult:
    """Where the status changes of a ticket can be read, and whether these lists hold the same rows."""
    ticket_id = tickets.known_ids[0]
    path = f"/tickets/{quote(ticket_id, safe='')}"
    lists: list[tuple[str, dict[str, Any]]] = [
        ("`/activity-logs`", {"path": f"{path}/activity-logs"}),
        ("`/history`", {"path": f"{path}/history"}),
        ("`/messages` with `showHistory`", {"path": "/messages", "ticket": ticket_id, "showHistory": "true"}),
    ]
    observed, known = [], set[str | None]()
    for name, query in lists:
        try:
            found = tickets.probe(**query)
        except RequestFailedError as error:
            if error.is_transient:
                raise
            observed.append(f"{name}: {error.cause}")
        else:
            ids = set(found.ids) - {None}
            observed.append(f"{name}: {len(found.items)} listed, {len(ids & known)} of them in the lists before")
            known |= ids
    return safe("; ".join(observed))


def rate_limit(client: Client) -> CheckResult:
    """What the responses to the other checks show. A value that is no number is not printed."""
    shown = [
        f"`{name}: {value}`" if value.isdecimal() and len(value) < 10 else f"`{name}`"
        for name, value in sorted(client.limit_headers.items())
    ]
    return safe(", ".join(shown) or "none came")
