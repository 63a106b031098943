"""What `make sync` says at its end: the answer to a question, and what was new."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.table import Table

from integration_tests.tools.quickstart.progress import count


class Changes(NamedTuple):
    """How a table differs from what it was."""

    new: int
    changed: int


def changes(before: Mapping[str, int], after: Mapping[str, int]) -> Changes:
    """Compares two snapshots of a table, each a hash of every row by its id."""
    return Changes(
        new=sum(row_id not in before for row_id in after),
        changed=sum(before.get(row_id, row) != row for row_id, row in after.items()),
    )


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A table with its numbers on the right, and None as a dash."""
    found = Table(box=None, pad_edge=False)
    for title, column in zip(header, zip(*rows, strict=True), strict=True):
        is_text = any(isinstance(value, str) for value in column)
        found.add_column(title, justify="left" if is_text else "right")
    for row in rows:
        found.add_row(*("-" if value is None else value if isinstance(value, str) else f"{value:,}" for value in row))
    return found


def summary(rows_read: int, found: Mapping[str, Changes], incremental: bool) -> str:
    """The sentence below the table: what was new, and what was read although it was not.

    :param rows_read: how many rows all streams yielded
    :param found: how each table differs from what it was
    :param incremental: whether an earlier sync has left a state to go on from
    """
    new, changed = (sum(each) for each in zip(*found.values(), strict=True))
    if not incremental:
        return f"First sync: {count(new, 'row')}. The next one reads only what has changed."
    again = max(0, rows_read - new - changed)
    return (
        f"Incremental: {count(new + changed, 'row')} new or changed since the last sync ({new:,} new, {changed:,} "
        f"changed). {again:,} more read again, as the connector looks back to miss nothing."
    )
