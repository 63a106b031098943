"""How far a list can be read (API.md 3.1 to 3.6)."""

from source_gleap.doctor.answer import Answer
from source_gleap.doctor.client import NoAnswerError
from source_gleap.doctor.finding import Finding, Verdict, not_safe, not_seen, safe
from source_gleap.doctor.questions import filters
from source_gleap.doctor.samples import Samples

# Lists are cut at round numbers of rows.
_ROUND = 5
# One or two rows may have come between two requests.
_ROWS_OF_A_PROOF = 3


def limit_and_skip(samples: Samples, stream: str) -> Finding:
    page = samples.first_page(stream)
    count = len(page.items)
    if count < _ROWS_OF_A_PROOF:
        return not_seen()
    newest, after = samples.newest(stream), _after(samples, stream)
    if after is None:
        return _refused_skip(samples, stream)
    limits, skips = len(newest.items) < count, _skips(page, after)
    if skips is None:
        return not_seen("the list changed meanwhile")
    if skips:
        return safe("both honoured" if limits else "`skip` honoured, `limit` ignored")
    if limits or (page.total or 0) > count:
        return not_safe("`skip` ignored, and there may be more", "rows beyond the first page may be missing")
    if (page.total == count or (page.total is None and count % _ROUND)) and set(newest.ids) == set(page.ids):
        return safe("both ignored: everything comes at once")
    return not_seen("both ignored; whether everything comes at once cannot be told")


def page_cap(samples: Samples, stream: str) -> Finding:
    """The most rows on a page. The connector takes any: a short page ends nothing."""
    if refusal := samples.page_too_large(stream):
        return safe(
            f"a page of {samples.connector.page_size(stream)} is refused ({refusal.cause}): halved until it is not"
        )
    page = samples.first_page(stream)
    if len(page.items) < 2:
        return not_seen()
    if len(page.items) >= samples.connector.page_size(stream):
        return safe(f"{samples.connector.page_size(stream)} or more")
    after = _after(samples, stream)
    if after is None:
        return not_seen("a `skip` of one page is refused")
    goes_on = _goes_on(page, after)
    if goes_on is None:
        return not_seen("the list changed meanwhile")
    return safe(f"{len(page.items)}") if goes_on else not_seen("no more rows than one page shows")


def whole_list(samples: Samples, stream: str) -> Finding:
    """Whether a list that is read in one request is whole then."""
    page = samples.first_page(stream)
    count = len(page.items)
    if not count:
        return not_seen()
    after = _after(samples, stream)
    if after and _skips(page, after):
        if set(after.ids) <= set(page.ids):
            return safe("yes")
        others = ", and responses to no others" if stream == "surveys" else ""
        return not_safe(f"no: {count} rows come, and more follow", f"only the first {count} are synced{others}")
    if count % _ROUND:
        return safe("yes")
    return not_seen("a round number of rows came, and there is no telling whether more follow")


def deep_skip(samples: Samples, stream: str) -> Finding:
    """Whether a deep offset is refused, and what the connector can do about it."""
    if not samples.first_page(stream).items:
        return not_seen()
    try:
        samples.deep(stream)
    except NoAnswerError as error:
        if error.status != 400:
            raise
        return _refused_skip(samples, stream)
    return safe("not refused")


def _refused_skip(samples: Samples, stream: str) -> Finding:
    """What the connector can do where an offset is refused: ask for shorter windows."""
    if samples.is_windowed(stream):
        found = filters.date_filters(samples, stream)
        if found.does == filters.HONOURED:
            return safe("a deep `skip` is refused: read in shorter windows instead")
        if found.verdict is Verdict.NOT_SEEN:
            return not_seen("a deep `skip` is refused; whether dates help cannot be told")
    return not_safe(
        "a deep `skip` is refused, and dates do not help",
        "a sync that needs one fails with an error",
        "Ask Gleap's support to raise that limit for your project.",
    )


def _after(samples: Samples, stream: str) -> Answer | None:
    """What comes after the first page; None where Gleap refuses that offset."""
    try:
        return samples.after_first_page(stream)
    except NoAnswerError as error:
        if error.status != 400:
            raise
        return None


def _skips(page: Answer, after: Answer) -> bool | None:
    """Whether `skip` is honoured; None where these samples do not tell.

    :param after: what came from the last row of the page on
    """
    if len(page.ids) < 2 or not after.ids:
        return None
    if after.ids[0] == page.ids[0]:
        return False
    return True if after.ids[0] == page.ids[-1] or not set(after.ids) & set(page.ids) else None


def _goes_on(page: Answer, after: Answer) -> bool | None:
    """Whether the list goes on after its first page; None where these samples do not tell."""
    if (page.total or 0) >= len(page.items) + _ROWS_OF_A_PROOF:
        return True
    if not _skips(page, after):
        return None
    new = set(after.ids) - set(page.ids)
    return None if 0 < len(new) < _ROWS_OF_A_PROOF else bool(new)
