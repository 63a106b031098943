"""What a list of tickets hides, and by which flags it shows it (API.md 3.1, 4)."""

from source_gleap.doctor.answer import date_of, id_of
from source_gleap.doctor.finding import Finding, Verdict, not_safe, not_seen, safe
from source_gleap.doctor.questions import filters
from source_gleap.doctor.samples import ROWS_OF_A_SAMPLE, Samples

_NO_TOTAL = "`totalCount` does not come"
_TWICE = "tickets come twice in a sync"
_DEDUPLICATE = "Choose a sync mode that deduplicates, and report this table to the maintainers of the connector."
_NONE_ARCHIVED = "no archived ticket is known"


def total_count(samples: Samples) -> Finding:
    return safe(_NO_TOTAL if samples.first_page("tickets").total is None else "comes")


def archived_flag(samples: Samples) -> Finding:
    """Whether `archived` tells archived tickets from others."""
    active, archived = samples.first_page("tickets"), samples.tickets(archived=True)
    # With its date: a ticket that was archived between the two requests has another one.
    in_active = {(id_of(row), date_of(row)) for row in active.rows}
    if any((id_of(row), date_of(row)) in in_active for row in archived.rows):
        return not_safe("ignored: both passes bring the same", _TWICE, _DEDUPLICATE)
    if archived.rows:
        is_marked = all(row.get("archived") is True for row in archived.rows)
        return safe("honoured" if is_marked else "honoured, though archived tickets are not marked so")
    if any(row.get("archived") is True for row in active.rows):
        return safe("both come with `archived=false`, none with `archived=true`")
    elsewhere = samples.without_parameters("tickets").rows + samples.tickets(archived=None).rows
    if any(row.get("archived") is True for row in elsewhere):
        return not_safe("`archived=true` finds none, though there are some", "archived tickets are missing")
    return not_seen(_NONE_ARCHIVED)


def two_passes(samples: Samples) -> Finding:
    """Whether the two passes hold every ticket: a flag is often absent rather than false, and may not be found then."""
    finding = _compared(samples, look=1)
    # A ticket may have been archived or made in between: what is so twice is so.
    return _compared(samples, look=2) if finding.verdict is Verdict.NOT_SAFE else finding


def _compared(samples: Samples, look: int) -> Finding:
    active, archived, either = (samples.tickets(archived=value, look=look).total for value in (False, True, None))
    bare = samples.without_parameters("tickets", look=look).total
    if active is None or archived is None or either is None:
        return not_seen(_NO_TOTAL)
    missing = max(either, bare or 0) - active - archived
    if missing > 0:
        return not_safe(f"no: {missing} tickets are in neither pass", f"{missing} tickets are missing")
    return safe("yes") if archived else not_seen(_NONE_ARCHIVED)


def archived_by_default(samples: Samples) -> Finding:
    active, archived = (samples.tickets(archived=value).total for value in (False, True))
    bare, flagged = samples.without_parameters("tickets").total, samples.tickets(archived=None).total
    if active is None or archived is None or bare is None or flagged is None:
        return not_seen(_NO_TOTAL)
    if not archived:
        return not_seen(_NONE_ARCHIVED)
    return safe(f"{_listed(bare, active, archived)}; with `ignoreArchived=true` {_listed(flagged, active, archived)}")


def _listed(total: int, active: int, archived: int) -> str:
    return "listed" if abs(total - active - archived) < abs(total - active) else "hidden"


def spam(samples: Samples) -> Finding:
    """Whether tickets marked as spam are listed without being asked for: the connector does not ask for them."""
    if any(row.get("isSpam") is True for row in samples.first_page("tickets").rows):
        return safe("listed")
    marked = [row for row in samples.tickets(archived=False, isSpam="true").rows if row.get("isSpam") is True]
    dated = [(row, date) for row in marked if (date := date_of(row))]
    if not dated:
        return not_seen("no spam is known")
    row, date = dated[0]
    if filters.date_filters(samples, "tickets").does != filters.HONOURED:
        return not_seen("cannot be told without date filters")
    found = samples.changed_at("tickets", date)
    if id_of(row) in found.ids:
        return safe("listed")
    if len(found.items) >= ROWS_OF_A_SAMPLE:
        return not_seen("too many tickets of the same date")
    return not_safe("hidden", "tickets marked as spam are missing")


def default_limit(samples: Samples) -> Finding:
    bare = samples.without_parameters("tickets")
    if bare.total is None or bare.total <= len(bare.items):
        return not_seen("no more tickets than one page shows" if bare.total is not None else _NO_TOTAL)
    return safe(f"{len(bare.items)}")
