"""How far a list can be read, how it is filtered (docs/API.md 2.1, 3.1 to 3.6)."""

from collections import Counter

from source_gleap.components.window_pages import EARLIEST, LATEST, looks_cut_off
from source_gleap.doctor.client import RequestFailedError
from source_gleap.doctor.result import UNKNOWN, CheckResult, not_safe, safe, unknown
from source_gleap.doctor.sampler import SAMPLE_ROWS, ListResponse, Sampler

HONORED = "honored, the dates themselves included"
_SLOW = "read without dates, which takes longer"
_REFUSED_SKIP = "refused far down the list"
# A search index refuses offsets above 10,000 by default (docs/API.md 3.2).
_DEEP_SKIP = 10_001
# Lists are cut at round numbers of rows.
_ROUND = 5
# One or two rows may have come, or have been archived, between two requests.
PROOF_ROWS = 3


def date_filters(stream: Sampler) -> CheckResult:
    """By the rows that come for a date that a row has, as both bounds. Ignored filters cost time and no row."""
    dates = _dates_within(stream.first_page)
    if len(dates) < 2:
        # A single row may have been changed between the two requests.
        return unknown("too few records of different dates")
    for date in dates:
        try:
            found = stream.page(SAMPLE_ROWS, low=date, high=date)
        except RequestFailedError as error:
            return _judge_refusal(error)
        if found.dates and min(found.dates) <= date:
            if any(other != date for other in found.dates):
                return safe("ignored, or one of them: records come several times, which takes longer")
            # As many as were asked for may be the first of a list that goes on.
            return safe(HONORED) if len(found.items) < SAMPLE_ROWS else unknown("only records of one date came")
        if not stream.page(low=EARLIEST, high=LATEST).items:
            return safe(f"no record is found by a date: {_SLOW}")
    if not stream.is_windowed:  # each sync looks back further than its last row
        return safe("honored, the dates themselves excluded")
    consequence = "records are missing that changed at the limit of two requests"
    return not_safe("the dates themselves are excluded", consequence)


def date_colons(stream: Sampler) -> CheckResult:
    """Whether Gleap reads a date as the connector sends it, and one with percent-encoded colons."""
    date = next(iter(_dates_within(stream.first_page)), EARLIEST)
    try:
        found = stream.page(SAMPLE_ROWS, low=date, high=date)
    except RequestFailedError as error:
        return _judge_refusal(error)
    try:
        encoded = date.replace(":", "%3A")
        other = stream.page(SAMPLE_ROWS, low=encoded, high=encoded)
    except RequestFailedError as error:
        if error.is_transient:
            raise
        return safe(f"accepted; written as `%3A` they are not ({error.cause})")
    return safe(f"accepted; written as `%3A` they bring {'the same' if other.ids == found.ids else 'other'} records")


def skip(stream: Sampler) -> CheckResult:
    """Whether an offset is honored. The connector takes pages of any number of rows."""
    page, count = stream.first_page, len(stream.first_page.items)
    if count < PROOF_ROWS:
        return unknown()
    try:
        after = stream.after_first_page()
        skips = _skips(page, after)
        if skips and stream.is_windowed:
            stream.page(limit=1, skip=_DEEP_SKIP)
    except RequestFailedError as error:
        if not error.is_refused:
            raise
        return _judge_refused_skip(stream)
    if skips is None:
        return unknown("the list changed meanwhile")
    if skips:
        is_capped = count < stream.form.limit and len(set(after.ids) - set(page.ids)) >= PROOF_ROWS
        return safe(f"honored; pages have at most {count} records" if is_capped else "honored")
    if len(after.items) < count or (page.total or 0) > count:
        return not_safe("ignored, and there may be more records", "records beyond the first page may be missing")
    if (page.total == count or (page.total is None and count % _ROUND)) and set(after.ids) == set(page.ids):
        return safe("ignored, and so is `limit`: everything comes at once")
    return unknown("ignored, and so is `limit`; the samples do not tell whether everything comes at once")


def whole_list(stream: Sampler) -> CheckResult:
    """Whether a list that is read in one request is complete."""
    page, after = stream.first_page, stream.after_first_page()
    count = len(page.items)
    if not _skips(page, after):
        return safe("yes") if count % _ROUND else unknown(f"{count} came, a round number: more may follow")
    if set(after.ids) <= set(page.ids):
        return safe("yes")
    if looks_cut_off(count):
        return safe(f"no: {count} come; a sync asks for the others with `skip`")
    children = [f", and {other.name} of no others" for other in stream.streams.values() if other.parent == stream.name]
    return not_safe(f"no: {count} come, and more follow", f"only the first {count} are synced{''.join(children)}")


def _dates_within(page: ListResponse) -> list[str]:
    """Two dates before and after which the page has rows: those of one row rather than of many, from its middle."""
    counts = Counter(page.dates)
    inner = sorted(counts)[1:-1]
    places = sorted(enumerate(inner), key=lambda place: (counts[place[1]] > 1, abs(place[0] - len(inner) // 2)))
    return [date for _, date in places[:2]]


def _judge_refusal(error: RequestFailedError) -> CheckResult:
    if not (error.is_refused and error.is_permanent):
        raise error
    return safe(f"refused ({error.cause}): {_SLOW}")


def _judge_refused_skip(stream: Sampler) -> CheckResult:
    """The connector asks for shorter windows, where their dates are honored."""
    found = date_filters(stream)
    if stream.is_windowed and found.observed == HONORED:
        return safe(f"{_REFUSED_SKIP}: read by shorter spans of time instead")
    if stream.is_windowed and found.verdict == UNKNOWN:
        return unknown(f"{_REFUSED_SKIP}; the samples do not tell whether dates help")
    consequence, remedy = "a sync fails where the list goes on", "Ask Gleap's support to raise the limit of `skip`."
    return not_safe(f"{_REFUSED_SKIP}, and dates do not help", consequence, remedy)


def _skips(page: ListResponse, after: ListResponse) -> bool | None:
    """Whether `skip` is honored, by what came from the last row of the page on; None where that does not tell."""
    if len(page.ids) < 2 or not after.ids:
        return None
    if after.ids[0] == page.ids[0]:
        return False
    return True if after.ids[0] == page.ids[-1] or not set(after.ids) & set(page.ids) else None
