"""One line for each stream about the values that could not be read, however many they were."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

LOGGER = logging.getLogger("airbyte")


class _Tally(logging.Filter):
    """Counts the reports of `DeclaredTypes` instead of letting them through."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[tuple[str, str, str]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        unreadable: tuple[str, str, str] | None = getattr(record, "gleap_unreadable", None)
        if unreadable is None:
            return True
        self.counts[unreadable] += 1
        return False


@contextmanager
def counted() -> Iterator[None]:
    """Within it, reports of unreadable values are counted; at its end one line for each stream is logged."""
    tally = _Tally()
    LOGGER.addFilter(tally)
    try:
        yield
    finally:
        LOGGER.removeFilter(tally)
        for stream in sorted({stream for stream, _, _ in tally.counts}):
            found = {(field, kind): n for (name, field, kind), n in tally.counts.items() if name == stream}
            fields = ", ".join(f"{field} ({n} as {kind})" for (field, kind), n in sorted(found.items()))
            LOGGER.warning(
                f"Stream {stream}: values that cannot be read as the type that their field is declared with were left "
                f"empty: {fields}."
            )
