"""The benchmark's page server responds as the emulator does, so that what is measured is a read of Gleap."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.request import urlopen

import orjson
import pytest

from integration_tests.gleap_emulator import Behavior, Project
from integration_tests.gleap_emulator.endpoints import ENDPOINTS
from integration_tests.gleap_emulator.list_endpoint import respond
from integration_tests.tools.benchmark.data import DAYS, Dataset, _project, dataset
from integration_tests.tools.benchmark.measuring import served
from integration_tests.tools.benchmark.server import Pages

ROWS = 300
TICKETS = next(endpoint for endpoint in ENDPOINTS if endpoint.path == "/tickets")
WHOLE_ROWS = Behavior(lean_ticket_rows=False)
SPAN = "updatedAt%3E=2020-01-01T00:00:00.000Z&updatedAt%3C=2030-01-01T00:00:00.000Z"


def emulated(stream: str) -> Project:
    """The project that a data set of `ROWS` records is made of."""
    today = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    return _project(stream, ROWS, 0, today, timedelta(days=DAYS))


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dataset("tickets", ROWS, tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize(
    "query",
    [
        "ignoreArchived=true&sort=updatedAt&limit=100&skip=0",
        "ignoreArchived=true&sort=updatedAt&limit=100&skip=250",
        "ignoreArchived=true&sort=updatedAt&limit=100&skip=300",
        f"{SPAN}&ignoreArchived=true&archived=false&sort=updatedAt&limit=1000&skip=10",
        f"{SPAN}&ignoreArchived=true&archived=true&sort=updatedAt&limit=10&skip=5",
        "updatedAt%3C=2001-01-01T00:00:00.000Z&ignoreArchived=true&sort=updatedAt&limit=10",
    ],
)
def test_page_of_tickets_equals_page_of_emulator(tickets: Dataset, query: str) -> None:
    served_page = b"".join(Pages(tickets.folder).page(query))
    own, emulator = (
        orjson.loads(body) for body in (served_page, respond(emulated("tickets"), TICKETS, {}, query, WHOLE_ROWS).body)
    )
    assert (own["count"], own["totalCount"]) == (emulator["count"], emulator["totalCount"])
    assert [row["updatedAt"] for row in own["tickets"]] == [row["updatedAt"] for row in emulator["tickets"]]


def test_rows_equal_rows_of_emulator(tickets: Dataset) -> None:
    query = "ignoreArchived=true&sort=updatedAt&limit=1000&skip=0"
    own = orjson.loads(b"".join(Pages(tickets.folder).page(query)))["tickets"]
    emulator = orjson.loads(respond(emulated("tickets"), TICKETS, {}, query, WHOLE_ROWS).body)["tickets"]
    assert {row["id"]: row for row in own} == {row["id"]: row for row in emulator}
    assert len(own) == ROWS


def test_descending_sort_returns_newest_rows_first(tickets: Dataset) -> None:
    page = orjson.loads(b"".join(Pages(tickets.folder).page("ignoreArchived=true&sort=-updatedAt&limit=50&skip=0")))
    dates = [row["updatedAt"] for row in page["tickets"]]
    assert (
        dates
        == sorted((row["updatedAt"] for row in emulated("tickets").expected_records["tickets"].values()), reverse=True)[
            :50
        ]
    )


@pytest.mark.parametrize("stream", ["sessions", "messages"])
def test_offset_pages_hold_every_row_of_a_bare_list_once(stream: str, tmp_path: Path) -> None:
    pages = Pages(dataset(stream, ROWS, tmp_path).folder)
    rows = [
        row
        for skip in range(0, ROWS, 70)
        for row in orjson.loads(b"".join(pages.page(f"sort=updatedAt&limit=70&skip={skip}")))
    ]
    ids = [row.get("id") or row["_id"] for row in rows]
    assert len(ids) == len(set(ids)) == ROWS
    assert set(ids) <= set(emulated(stream).expected_records[stream])


def test_session_row_has_at_least_75_fields(tmp_path: Path) -> None:
    [row] = orjson.loads(b"".join(Pages(dataset("sessions", 1, tmp_path).folder).page("sort=updatedAt&limit=1")))
    assert len(row) + len(row["customData"]) >= 75


@pytest.mark.parametrize("query", ["sort=updatedAt&limit=10&page=2", "sort=createdAt&limit=10", "limit=10"])
def test_unexpected_query_is_refused(tickets: Dataset, query: str) -> None:
    with pytest.raises(ValueError, match=r"parameters|sort"):
        Pages(tickets.folder).page(query)


@pytest.fixture
def address(tickets: Dataset) -> Iterator[str]:
    with served(tickets) as url:
        yield url


def test_server_counts_requested_pages(address: str) -> None:
    for skip in (0, 100, 200):
        with urlopen(f"{address}/0/tickets?ignoreArchived=true&sort=updatedAt&limit=100&skip={skip}") as response:
            assert orjson.loads(response.read())["count"] == 100
    counts = []
    for _ in range(2):
        with urlopen(f"{address}/requests") as response:
            counts.append(int(response.read()))
    assert counts == [3, 0]
