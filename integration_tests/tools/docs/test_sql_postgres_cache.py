"""What PyAirbyte 0.71.3 and its Postgres cache do to emitted records and to states.

The workaround of `pyairbyte_postgres_read` mends the numbers. The rest is the same with it.
"""

from collections.abc import Callable, Iterator

import pytest

from integration_tests.gleap_emulator import Fault, GleapEmulator, Project
from integration_tests.support.paths import ROOT
from integration_tests.support.postgres_server import USER
from integration_tests.tools.docs.postgres_tables import PostgresTables

pytestmark = pytest.mark.slow

TICKET, CREATED, AGENT = "640000000000000000000001", "2026-01-05T02:52:40.388Z", "65f0aa11bb22cc33dd44ee01"
MANIFEST = ROOT / "source_gleap" / "manifest.yaml"
MakeTables = Callable[[GleapEmulator, str], PostgresTables]


@pytest.fixture(scope="module")
def tables_of(postgres_port: int, tmp_path_factory: pytest.TempPathFactory) -> MakeTables:
    """A function from an emulator and the name of a new schema to its tables."""
    return lambda emulator, schema: PostgresTables(
        emulator, postgres_port, tmp_path_factory.mktemp(schema, numbered=False)
    )


@pytest.fixture(scope="module")
def guessed(tables_of: MakeTables) -> PostgresTables:
    """The tables of two tickets whose ids and titles are digits and that have no tags, with pandas' guess of types."""
    project = Project.empty()
    for ticket_id, title in ((TICKET, "0042"), ("640000000000000000000002", "0043")):
        project.add("tickets", id=ticket_id, title=title, createdAt=CREATED)
    project.add("messages", ticket=TICKET, user=AGENT, type="TEXT")
    with GleapEmulator(project) as emulator:
        tables = tables_of(emulator, "guessed")
        tables.read("--guess-types", "--at-once", "--streams", "tickets", "messages")
    return tables


def test_texts_like_numbers_become_numbers(guessed: PostgresTables) -> None:
    assert guessed.query("SELECT title FROM tickets ORDER BY title") == [("42",), ("43",)]


def test_ids_of_digits_become_one_rounded_number(guessed: PostgresTables) -> None:
    assert guessed.query("SELECT id FROM tickets") == [("640000000000000000000000",)] * 2


def test_dates_lose_their_time_zone(guessed: PostgresTables) -> None:
    query = "SELECT DISTINCT CAST(createdAt AS TEXT), CAST(pg_typeof(createdAt) AS TEXT) FROM tickets"
    assert guessed.query(query) == [("2026-01-05 02:52:40.388", "timestamp without time zone")]


def test_missing_list_becomes_a_json_null(guessed: PostgresTables) -> None:
    assert guessed.query("SELECT DISTINCT tags IS NULL, CAST(tags AS TEXT) FROM tickets") == [(False, "null")]


def test_user_without_quotes_is_the_user_of_the_database(guessed: PostgresTables) -> None:
    assert guessed.query('SELECT user, "user" FROM messages') == [(USER, AGENT)]


@pytest.fixture
def refusing() -> Iterator[GleapEmulator]:
    """A project whose teams are refused."""
    project = Project.generate(seed=7, tickets=20)
    with GleapEmulator(
        project, fault=lambda request: Fault.status(403) if request.path.endswith("/teams") else None
    ) as emulator:
        yield emulator


def test_failing_stream_discards_the_read_of_all_streams(refusing: GleapEmulator, tables_of: MakeTables) -> None:
    tables = tables_of(refusing, "at_once")
    rows_sent = tables.read("--at-once", "--streams", "teams", "surveys", fails=True)
    assert rows_sent >= len(refusing.project.expected_records["surveys"]) > 0
    assert tables.streams() == set()
    assert tables.query("SELECT * FROM _airbyte_state") == []


def test_read_stream_by_stream_keeps_the_streams_that_succeed(refusing: GleapEmulator, tables_of: MakeTables) -> None:
    tables = tables_of(refusing, "stream_by_stream")
    tables.read("--streams", "teams", "surveys", fails=True)
    assert tables.streams() == {"surveys"}
    assert tables.records("surveys").keys() == refusing.project.expected_records["surveys"].keys()


def test_source_manifest_reads_everything_again(tables_of: MakeTables) -> None:
    with GleapEmulator(Project.generate(seed=7, tickets=20)) as emulator:
        tables = tables_of(emulator, "manifest")
        first = tables.read("--manifest", str(MANIFEST), "--streams", "tickets")
        assert first >= 20
        assert tables.read("--manifest", str(MANIFEST), "--streams", "tickets") == first
