"""What `make sync` says at its end."""

from collections.abc import Sequence

import pytest
from rich.console import Console

from integration_tests.tools.quickstart.report import Changes, changes, summary, table


def printed(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(table(header, rows))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_table_aligns_text_left_and_numbers_right() -> None:
    assert printed(["stream", "rows"], [["tickets", 12345], ["teams", 4]]) == [
        "stream     rows",
        "tickets  12,345",
        "teams         4",
    ]


def test_table_shows_a_missing_number_as_a_dash() -> None:
    assert printed(["hours"], [[1.5], [None]]) == ["hours", "  1.5", "    -"]


def test_changes_distinguishes_new_and_changed_rows() -> None:
    assert changes({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 9, "c": 3, "d": 4}) == Changes(new=1, changed=1)


def test_changes_of_first_sync_are_all_new() -> None:
    assert changes({}, {"a": 1, "b": 2}) == Changes(new=2, changed=0)


def test_summary_of_second_sync_excludes_rows_read_again() -> None:
    found = {"tickets": Changes(new=5, changed=25), "teams": Changes(new=0, changed=0)}
    text = summary(35, found, incremental=True)
    assert text.startswith("Incremental: 30 rows new or changed since the last sync (5 new, 25 changed). 5 more")


@pytest.mark.parametrize(("rows", "words"), [(1, "1 row."), (3000, "3,000 rows.")])
def test_summary_of_first_sync_counts_all_rows(rows: int, words: str) -> None:
    assert summary(rows, {"tickets": Changes(rows, 0)}, incremental=False).startswith(f"First sync: {words}")
