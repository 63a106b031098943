"""What keeps `make sync` from starting, and the message that says so."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from integration_tests.tools.quickstart.__main__ import SyncError, read_config, require_writable

SECRET = "a-key-that-nobody-may-see"
CONFIG = {"api_key": SECRET, "project_id": "65f0aa11bb22cc33dd44ee01", "start_date": "2025-01-01T00:00:00Z"}
HOLD = "import duckdb, sys; database = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


def test_read_config_accepts_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("\ufeff" + json.dumps(CONFIG), encoding="utf-8")
    assert read_config(path) == CONFIG


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


@pytest.mark.parametrize("field", CONFIG)
def test_missing_field_is_named_without_quoting_the_others(tmp_path: Path, field: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({name: value for name, value in CONFIG.items() if name != field}))
    with pytest.raises(SyncError, match=rf"secrets/config.json: .*'{field}' .*is missing") as caught:
        read_config(path)
    assert SECRET not in str(caught.value)


def test_database_that_another_program_holds_open_is_refused_in_words(tmp_path: Path) -> None:
    database = tmp_path / "gleap.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(SyncError, match=rf"gleap.duckdb is open in .*{holder.pid}.*: close it there"):
            require_writable(database)
        holder.communicate("")
    require_writable(database)


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    database = tmp_path / "gleap.duckdb"
    database.write_text("no database " * 1000)
    with pytest.raises(SyncError, match=r"gleap.duckdb cannot be opened"):
        require_writable(database)
