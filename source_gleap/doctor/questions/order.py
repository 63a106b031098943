"""Whether `sort` is honoured (API.md 3.1 to 3.3)."""

from collections.abc import Sequence
from itertools import pairwise

from source_gleap.doctor.finding import Finding, not_seen, safe
from source_gleap.doctor.samples import Samples

HONOURED = "honoured"


def sort(samples: Samples, stream: str) -> Finding:
    """By the oldest rows and the newest. The connector lives with both: without an order it reads by offset."""
    page = samples.first_page(stream)
    if len(page.items) < 2:
        return not_seen()
    newest = samples.newest(stream)
    up, down = page.dates, newest.dates
    if len(up) < len(page.items) or len(down) < len(newest.items) or len(set(down)) < 2:
        return not_seen("no two rows with different dates")
    if is_ascending(up) and is_ascending(down[::-1]) and up[0] <= down[0]:
        return safe(HONOURED)
    return safe("ignored: read by offset, with an overlap")


def is_ascending(values: Sequence[str]) -> bool:
    return all(first <= second for first, second in pairwise(values))
