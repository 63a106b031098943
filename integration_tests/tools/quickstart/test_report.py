"""The parts of `make sync` that need neither PyAirbyte nor a database."""

import io
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from integration_tests.tools.quickstart.__main__ import Progress, SyncError, read_config
from integration_tests.tools.quickstart.report import Changes, changes, summary, table

SECRET = "a-key-that-nobody-may-see"


def message(**parts: object) -> SimpleNamespace:
    return SimpleNamespace(**{"record": None, "log": None, "connectionStatus": None, "trace": None, **parts})


def test_table_aligns_text_left_and_numbers_right() -> None:
    assert table(["stream", "rows"], [["tickets", 12345], ["teams", 4]]).splitlines() == [
        "stream     rows",
        "-------  ------",
        "tickets  12,345",
        "teams         4",
    ]


def test_table_shows_a_missing_number_as_a_dash() -> None:
    assert table(["hours"], [[1.5], [None]]).splitlines() == ["hours", "-----", "  1.5", "    -"]


def test_table_without_rows_is_its_header() -> None:
    assert table(["a", "bc"], []).splitlines() == ["a  bc", "-  --"]


def test_changes_distinguishes_new_and_changed_rows() -> None:
    assert changes({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 9, "c": 3, "d": 4}) == Changes(new=1, changed=1)


def test_changes_of_first_sync_are_all_new() -> None:
    assert changes({}, {"a": 1, "b": 2}) == Changes(new=2, changed=0)


def test_summary_of_second_sync_excludes_rows_read_again() -> None:
    found = {"tickets": Changes(new=5, changed=25), "teams": Changes(new=0, changed=0)}
    text = summary({"tickets": 31, "teams": 4}, found, incremental=True)
    assert text.startswith("Incremental: 30 rows new or changed since the last sync (5 new, 25 changed); 5 more")


def test_summary_of_first_sync_counts_all_rows() -> None:
    assert summary({"tickets": 3000}, {"tickets": Changes(3000, 0)}, incremental=False).startswith(
        "First sync: 3,000 rows."
    )


def test_read_config_accepts_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('\ufeff{"api_key": "x"}', encoding="utf-8")
    assert read_config(path) == {"api_key": "x"}


def test_read_config_returns_none_without_a_file(tmp_path: Path) -> None:
    assert read_config(tmp_path / "config.json") is None


@pytest.mark.parametrize(
    "content", [f'{{"api_key": "{SECRET}"', f'"{SECRET}"', f'["{SECRET}"]', f"{SECRET}\xff".encode("latin-1")]
)
def test_unusable_config_is_refused_without_quoting_it(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SyncError, match=re.escape("secrets/config.json")) as caught:
        read_config(path)
    assert SECRET not in str(caught.value)


def test_progress_counts_rows_and_reports_complete_streams() -> None:
    out = io.StringIO()
    progress = Progress(out)
    for _ in range(2):
        progress.see(message(record=SimpleNamespace(stream="teams")))
    status = SimpleNamespace(
        status=SimpleNamespace(value="COMPLETE"), stream_descriptor=SimpleNamespace(name="teams", namespace=None)
    )
    progress.see(message(trace=SimpleNamespace(error=None, stream_status=status)))
    assert progress.rows == {"teams": 2}
    assert "teams: all 2 rows read" in out.getvalue()


def test_progress_keeps_error_messages_of_the_connector() -> None:
    progress = Progress(io.StringIO())
    progress.see(message(connectionStatus=SimpleNamespace(message="'Check the key.'")))
    progress.see(message(trace=SimpleNamespace(error=SimpleNamespace(message="Gleap is down."), stream_status=None)))
    assert progress.problems == ["Check the key.", "Gleap is down."]


def test_progress_shows_warnings_while_reading() -> None:
    out = io.StringIO()
    progress = Progress(out)
    warning = message(log=SimpleNamespace(level=SimpleNamespace(value="WARN"), message="Slow.\nVery."))
    progress.see(warning)
    assert out.getvalue() == ""
    progress.shows_warnings = True
    progress.see(warning)
    assert out.getvalue().endswith("warning: Slow.\n")
