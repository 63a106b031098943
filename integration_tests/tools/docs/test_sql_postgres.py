"""The queries in docs/sql/postgresql, on tables that PyAirbyte fills with the documented workaround."""

from pathlib import Path

import pytest

from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.support.column_types import POSTGRES
from integration_tests.support.destination import as_listed, differences
from integration_tests.support.paths import DOCS
from integration_tests.support.run_sync import STREAMS
from integration_tests.tools.docs import sql_figures
from integration_tests.tools.docs.postgres_tables import PostgresTables

pytestmark = pytest.mark.slow

QUERIES = sorted((DOCS / "sql" / "postgresql").iterdir())


@pytest.fixture(scope="module")
def project() -> Project:
    """A project of malformed texts, whose contacts all have ids that look like numbers."""
    project = sql_figures.project_of_agents()
    for number, contact in enumerate(list(project.expected_records["sessions"])):
        project.update("sessions", contact, userId=f"{number:05}")
    return project


@pytest.fixture(scope="module")
def tables(project: Project, postgres_port: int, tmp_path_factory: pytest.TempPathFactory) -> PostgresTables:
    with GleapEmulator(project) as emulator:
        tables = PostgresTables(emulator, postgres_port, tmp_path_factory.mktemp("gleap", numbered=False))
        tables.read()
    return tables


def test_every_table_holds_the_records_of_the_project(project: Project, tables: PostgresTables) -> None:
    for stream in STREAMS:
        records, expected_records = tables.records(stream), project.expected_records[stream]
        assert records.keys() == expected_records.keys()
        assert {
            key: found
            for key in expected_records
            if (found := differences(as_listed(expected_records[key]), records[key]))
        } == {}


def test_every_column_has_the_type_of_its_field(tables: PostgresTables) -> None:
    for stream in STREAMS:
        expected = {}
        for name, schema in tables.fields[stream].items():
            (kind,) = set(schema["type"]) - {"null"}
            expected[name] = POSTGRES[schema.get("format", kind)]
        assert tables.column_types(stream) == expected


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.stem)
def test_query_returns_the_figures_of_the_project(project: Project, tables: PostgresTables, query: Path) -> None:
    expected = getattr(sql_figures, query.stem)(project)
    assert expected
    assert tables.query(query.read_text()) == expected
