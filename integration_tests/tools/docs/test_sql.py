"""The queries in docs/sql/duckdb, on tables like PyAirbyte's: each figure is what the project's own records give."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.support.column_types import DUCKDB
from integration_tests.support.paths import DOCS
from integration_tests.support.run_sync import run_sync
from integration_tests.support.streams import WINDOWED
from integration_tests.tools.docs.sql_figures import FIGURES, Expected, Row, project_of_agents
from source_gleap import SourceGleap

SQL = DOCS / "sql"


class Loaded:
    """An emulated project, and a database that holds what the connector emitted of it."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project, self._database = project, duckdb.connect()
        with GleapEmulator(project) as emulator:
            records = run_sync(emulator.config()).records
            streams = SourceGleap().discover(None, emulator.config()).streams  # type: ignore[arg-type]
        for stream in streams:
            columns = {name: column_type(schema) for name, schema in stream.json_schema["properties"].items()}
            path = folder / f"{stream.name}.json"
            path.write_text("".join(json.dumps(record) + "\n" for record in records[stream.name]))
            self._database.execute(
                f"CREATE TABLE {stream.name} AS SELECT * FROM read_json('{path}', format = 'nd', columns = {columns})"
            )

    def rows(self, name: str) -> list[Row]:
        found: list[Row] = self._database.execute((SQL / "duckdb" / f"{name}.sql").read_text()).fetchall()
        return found


def column_type(schema: dict[str, Any]) -> str:
    (kind,) = set(schema["type"]) - {"null"}
    return DUCKDB[schema.get("format", kind)]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return Loaded(project_of_agents(), tmp_path_factory.mktemp("tables"))


@pytest.mark.parametrize("expected_records", FIGURES, ids=lambda expected_records: expected_records.__name__)
def test_query_returns_the_figures_of_the_project(loaded: Loaded, expected_records: Expected) -> None:
    expected = expected_records(loaded.project)
    assert expected
    assert loaded.rows(expected_records.__name__) == expected


def test_message_of_the_contact_ends_the_stay_in_done(tmp_path: Path) -> None:
    project = Project.empty()
    contact, day = project.add("sessions"), "2026-01-01T{:02}:00:00.000Z"
    ticket = project.add("tickets", day.format(0), status="DONE", session=contact)
    rows: dict[int, dict[str, Any]] = {
        10: {"type": "FEEDBACK_UPDATED", "data": {"key": "STATUS", "value": "DONE"}},
        15: {"type": "STATUS", "value": "DONE", "data": {}},
        16: {"type": "FEEDBACK_UPDATED", "data": {"key": "PRIORITY", "value": "HIGH"}},
    }
    for hour, row in rows.items():
        project.add("ticket_activity_logs", day.format(hour), ticket_id=ticket, **row)
    for hour in (12, 14, 20):  # the last one is a rating: the ticket is still closed
        project.add("messages", day.format(hour), ticket=ticket, type="USER_TEXT", session=contact)
    assert Loaded(project, tmp_path).rows("time_in_status") == [
        ("DONE", 1, 0, 2.0, 2.0),  # 10:00 to 12:00
        ("OPEN", 2, 1, 6.5, 9.3),  # 0:00 to 10:00, 12:00 to 15:00
    ]


def test_every_query_is_compared_and_exists_for_each_warehouse(loaded: Loaded) -> None:
    compared = {f"{expected_records.__name__}.sql" for expected_records in FIGURES}
    for dialect in ("duckdb", "bigquery", "postgresql", "snowflake"):
        assert {path.name for path in (SQL / dialect).iterdir()} == compared
    queries = " ".join(path.read_text() for path in (SQL / "duckdb").iterdir())
    assert all(
        stream in queries for stream in (*WINDOWED, "surveys", "survey_responses", "users", "ticket_activity_logs")
    )
