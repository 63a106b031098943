"""Whether the bounds of a window are honoured (API.md 2.1, 3.2)."""

from source_gleap.doctor.answer import Answer
from source_gleap.doctor.finding import REPORT, Finding, not_safe, not_seen, safe
from source_gleap.doctor.samples import ROWS_OF_A_SAMPLE, Samples

HONOURED = "both honoured, bounds included"


def date_filters(samples: Samples, stream: str) -> Finding:
    """By what comes for a moment at which a row changed, as both bounds. Ignored filters cost time and no row."""
    moments = _moments(samples.first_page(stream))
    for moment in moments:
        found = samples.changed_at(stream, moment)
        if found.dates:
            return _judged(stream, moment, found)
    if len(moments) < 2:
        # A single row may have been changed between the two requests.
        return not_seen("too few rows of different dates")
    return _missing(stream)


def _moments(page: Answer) -> list[str]:
    """Dates before and after which the page has rows; the two at which it has fewest, from its middle if possible."""
    inner = sorted(set(page.dates))[1:-1]
    middle = len(inner) // 2
    counts = {moment: page.dates.count(moment) > 1 for moment in inner}
    return sorted(inner, key=lambda moment: (counts[moment], abs(inner.index(moment) - middle)))[:2]


def _judged(stream: str, moment: str, found: Answer) -> Finding:
    if min(found.dates) > moment:
        return _missing(stream)
    if any(date != moment for date in found.dates):
        return safe("not honoured, or one of them: each window reads more than it needs, which is slow")
    # As many as were asked for may be the first of a list that goes on.
    return safe(HONOURED) if len(found.items) < ROWS_OF_A_SAMPLE else not_seen("only rows of one date came")


def _missing(stream: str) -> Finding:
    remedy = "Set 'How messages are read' (messages_mode) to 'ticket'." if stream == "messages" else REPORT
    effect = "rows are missing: those at the bounds of a window, or all"
    return not_safe("no row comes for a date that a row has", effect, remedy)
