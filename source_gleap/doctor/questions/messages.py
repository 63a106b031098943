"""Whether messages can be listed for a whole project, or ticket by ticket (API.md 3.3, 4.7)."""

from datetime import datetime

from source_gleap.components.normalization import to_id
from source_gleap.doctor.answer import date_of, id_of
from source_gleap.doctor.client import NoAnswerError
from source_gleap.doctor.finding import Finding, not_safe, not_seen, safe
from source_gleap.doctor.samples import Samples

_FAILS = "every sync of this stream fails, and brings no record"
_EMPTY = "the stream stays empty"
_USE_TICKET = "Set 'How messages are read' (messages_mode) to 'ticket'."
_COMMENTS_OF_A_PROOF = 20
# A message and its ticket may be written one after the other.
_SECONDS_BETWEEN_WRITES = 5


def project_wide(samples: Samples) -> Finding:
    is_needed = samples.connector.messages_mode == "project"
    try:
        page = samples.project_wide_messages()
    except NoAnswerError as error:
        if error.is_too_large:
            return safe("allowed")
        if not error.lasts:
            raise
        does = f"refused ({error.cause})"
        return not_safe(does, _FAILS, _USE_TICKET) if is_needed else safe(does)
    tickets = {to_id(row.get("ticket")) for row in page.rows}
    if len(tickets) > 1:
        return safe("allowed")
    if page.items:
        return not_seen("allowed, but messages of one ticket only came")
    if samples.ticket_with_messages and samples.messages_of_a_ticket().items:
        does = "empty, though a ticket has messages"
        return not_safe(does, _EMPTY, _USE_TICKET) if is_needed else safe(does)
    return not_seen("allowed, and empty")


def of_one_ticket(samples: Samples) -> Finding:
    rows = samples.messages_of_a_ticket().rows
    if not rows:
        return not_seen()
    if all(to_id(row.get("ticket")) == samples.ticket_with_messages for row in rows):
        return safe("it does")
    return not_safe("messages of other tickets come as well", "each message is synced many times, once for each ticket")


def moves_ticket(samples: Samples) -> Finding:
    """By tickets and their latest messages: a ticket that is older than its message was not changed by it."""
    rows = {id_of(row): row for row in samples.first_page("tickets").rows + samples.newest("tickets").rows}.values()
    comments = [(row, row["latestComment"]) for row in rows if isinstance(row.get("latestComment"), dict)]
    seconds = [
        (_moment(commented) - _moment(updated)).total_seconds()
        for row, comment in comments
        if (commented := date_of(comment, "createdAt")) and (updated := date_of(row))
    ]
    behind = sum(ahead > _SECONDS_BETWEEN_WRITES for ahead in seconds)
    if behind:
        does = f"not always: {behind} of {len(seconds)} tickets are older than their latest message"
        if samples.connector.messages_mode == "project":
            return safe(does)
        return not_safe(
            does,
            "later messages of a ticket may be missing until it is changed otherwise",
            "Set 'How messages are read' (messages_mode) to 'project', or sync by full refresh.",
        )
    return safe("it does") if len(seconds) >= _COMMENTS_OF_A_PROOF else not_seen("too few tickets show their messages")


def _moment(date: str) -> datetime:
    return datetime.fromisoformat(date[:23])
