"""What `make sync` says at its end: tables, and what was new."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


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


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lines in columns as wide as they need to be; numbers to the right, None as a dash."""
    cells = [list(header), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    numeric = [all(value is None or _is_number(value) for value in column) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric or [False] * len(header), strict=True)
        ).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: object) -> str:
    return "-" if value is None else f"{value:,}" if _is_number(value) else str(value)


def summary(rows_read: Mapping[str, int], found: Mapping[str, Changes], incremental: bool) -> str:
    """The sentence below the table: what was new, and what was read although it was not.

    :param rows_read: how many rows each stream yielded
    :param found: how each table differs from what it was
    :param incremental: whether an earlier sync has left a state to go on from
    """
    new, changed, read = (
        sum(each.new for each in found.values()),
        sum(each.changed for each in found.values()),
        sum(rows_read.values()),
    )
    if not incremental:
        return f"First sync: {new:,} rows. The next one reads only what has changed."
    again = max(0, read - new - changed)
    return (
        f"Incremental: {new + changed:,} rows new or changed since the last sync ({new:,} new, {changed:,} changed); "
        f"{again:,} more were read again, as the connector looks back to miss nothing."
    )
