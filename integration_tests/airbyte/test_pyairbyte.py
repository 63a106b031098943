"""PyAirbyte reads all streams into DuckDB: its tables hold what the project holds, in columns of fitting types."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.support import column_types
from integration_tests.support.destination import as_listed, differences
from integration_tests.support.process import written
from integration_tests.support.pyairbyte import records_by_id, run_reader
from integration_tests.support.run_sync import STREAMS
from source_gleap import SourceGleap

pytestmark = pytest.mark.slow


class Tables:
    """The database that PyAirbyte fills from one emulated project."""

    def __init__(self, emulator: GleapEmulator, folder: Path) -> None:
        self._emulator, self._folder = emulator, folder
        self.project = emulator.project
        (folder / "tmp").mkdir()
        catalog = SourceGleap().discover(None, emulator.config())  # type: ignore[arg-type]
        self.fields: dict[str, Mapping[str, Any]] = {
            stream.name: stream.json_schema["properties"] for stream in catalog.streams
        }

    def read(self) -> int:
        """Runs PyAirbyte, once more. Returns how many rows the emulator sent."""
        asked = len(self._emulator.requests)
        config = written(self._folder / "config.json", self._emulator.config(lookback_window=0))
        done = run_reader("pyairbyte_read", [str(config), str(self._folder)], self._folder)
        assert done.returncode == 0, done.stderr
        # As it says when it does not like how the connector ended.
        assert "AirbyteSubprocessFailedError" not in done.stderr
        return sum(request.rows for request in self._emulator.requests[asked:])

    def rows(self, stream: str) -> dict[str, dict[str, Any]]:
        """The rows of a table by id, with the fields' own names and what is null left out."""
        names = list(self.fields[stream])
        columns = ", ".join(f'"{name.lower()}"' for name in names)
        with duckdb.connect(str(self._folder / "gleap.duckdb"), read_only=True) as database:
            rows = database.execute(f"SELECT {columns} FROM main.{stream}").fetchall()
        return records_by_id(names, rows)

    def column_types(self, stream: str) -> dict[str, str]:
        with duckdb.connect(str(self._folder / "gleap.duckdb"), read_only=True) as database:
            described = database.execute(f"DESCRIBE main.{stream}").fetchall()
        return {name: kind for name, kind, *_ in described if not name.startswith("_airbyte_")}


def assert_as_the_project(tables: Tables) -> None:
    for stream in STREAMS:
        rows, expected_records = tables.rows(stream), tables.project.expected_records[stream]
        assert rows.keys() == expected_records.keys()
        assert {
            key: found
            for key in expected_records
            if (found := differences(as_listed(expected_records[key]), rows[key]))
        } == {}


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Tables]:
    with GleapEmulator(Project.generate(seed=7, tickets=120, malformed=True)) as emulator:
        yield Tables(emulator, tmp_path)


def test_duckdb_tables_match_project_after_first_and_second_read(tables: Tables) -> None:
    project, first = tables.project, tables.read()
    assert_as_the_project(tables)
    for stream in STREAMS:
        project.insert(stream)
        project.update(stream, sorted(project.expected_records[stream])[:2])
    project.update(
        "tickets", min(project.expected_records["tickets"]), title="Another title", tags=["another tag"], score=2.5
    )
    project.archive(max(project.expected_records["tickets"]))
    second = tables.read()
    assert_as_the_project(tables)
    assert second < first / 4


def test_every_column_has_the_type_of_its_field(tables: Tables) -> None:
    tables.read()
    for stream in STREAMS:
        expected = {}
        for name, schema in tables.fields[stream].items():
            (kind,) = set(schema["type"]) - {"null"}
            expected[name.lower()] = column_types.DUCKDB[schema.get("format", kind)]
        assert tables.column_types(stream) == expected
