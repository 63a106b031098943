"""How the emulator decodes a query: as JavaScript's decodeURI does, unless a test asks for Express's reading."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.gleap_emulator.query import decode_strictly

DATE = "2026-01-31T08:00:00.000Z"
ENCODED = "2026-01-31T08%3A00%3A00.000Z"


@pytest.fixture
def gleap() -> Iterator[GleapEmulator]:
    """One ticket of type BUG, changed at DATE."""
    project = Project.empty()
    project.add("tickets", DATE, type="BUG", title="größer & 1+1=2", bugId=1)
    with GleapEmulator(project) as emulator:
        yield emulator


def ask(gleap: GleapEmulator, query: str) -> tuple[int, Any]:
    """Status and body of the response to a request whose query is sent as it stands."""
    connection = http.client.HTTPConnection(gleap.host, gleap.port, timeout=10)
    headers = {"Authorization": f"Bearer {gleap.api_key}", "Project": gleap.project_id}
    connection.request("GET", f"/v3/tickets?{query}", headers=headers)
    response = connection.getresponse()
    body = json.loads(response.read())
    connection.close()
    return response.status, body


def rows_found(gleap: GleapEmulator, query: str) -> int:
    _, body = ask(gleap, query)
    return len(body["tickets"])


@pytest.mark.parametrize(
    ("query", "params"),
    [
        (f"updatedAt%3E={DATE}", {"updatedAt>": DATE}),
        (f"updatedAt%3E={ENCODED}", {"updatedAt>": ENCODED}),
        ("a=%3A%2C%3D%2B%26%2F%3B%3F%40%24%23", {"a": "%3A%2C%3D%2B%26%2F%3B%3F%40%24%23"}),
        ("a=%3a%2c", {"a": "%3a%2c"}),
        ("a=%20%22%7B%7D%5B%5D%3C%3E%25%7E", {"a": ' "{}[]<>%~'}),
        ("a=1+1", {"a": "1+1"}),
        ("a=gr%C3%B6%C3%9Fer%2C%F0%9F%9A%80", {"a": "größer%2C🚀"}),
        ("a=%253A", {"a": "%3A"}),
        ("a=b=c=d&&e", {"a": "b=c=d", "e": ""}),
        ("a=1&a=2", {"a": "1,2"}),
        ("type[]=A&type%5B%5D=B", {"type[]": "A,B"}),
    ],
)
def test_query_is_decoded_by_decodeuri_before_it_is_split(query: str, params: dict[str, str]) -> None:
    assert decode_strictly(query) == params


@pytest.mark.parametrize("query", ["a=%", "a=%4", "a=%zz", "a=%FF", "a=%C3", "a=%ED%A0%80"])
def test_undecodable_query_returns_400(gleap: GleapEmulator, query: str) -> None:
    assert ask(gleap, query)[0] == 400


@pytest.mark.parametrize("operator", ["%3E", ">", "%3C", "<"])
def test_date_with_raw_colons_is_read(gleap: GleapEmulator, operator: str) -> None:
    assert rows_found(gleap, f"updatedAt{operator}={DATE}") == 1


def test_date_bound_with_raw_colons_excludes_rows(gleap: GleapEmulator) -> None:
    assert rows_found(gleap, "updatedAt%3E=2026-01-31T08:00:00.001Z") == 0


@pytest.mark.parametrize("name", ["updatedAt%3E", "updatedAt%3C", "updatedAt", "createdAt%3E", "archivedAt!"])
def test_date_with_encoded_colons_returns_cast_error(gleap: GleapEmulator, name: str) -> None:
    status, body = ask(gleap, f"{name}={ENCODED}")
    path = name.removesuffix("%3E").removesuffix("%3C").removesuffix("!")
    cast = f'Cast to date failed for value "{ENCODED}" (type string) at path "{path}" for model '
    assert (status, body["name"]) == (409, "CastError")
    assert body["message"].startswith(cast)


@pytest.mark.parametrize(
    "query",
    [
        f"updatedAt%3E%3D{DATE}",
        f"updatedAt=%3E%3D{DATE}",
        "updatedAt%3E=2026-01-31T08:00:00.000%2B00:00",
        f"updatedAt%3E={DATE}%2C{DATE}",
        "updatedAt%3E=yesterday",
        "updatedAt%3E=true",
        "updatedAt%3E=1769846400000",
        'filter={"updatedAt":{"$gte":{}}}',
    ],
)
def test_value_that_is_not_a_date_returns_cast_error(gleap: GleapEmulator, query: str) -> None:
    assert ask(gleap, query)[1]["name"] == "CastError"


@pytest.mark.parametrize("query", ["updatedAt=null", "updatedAt", "!updatedAt", f"updatedAt={DATE},{DATE}"])
def test_null_date_lists_and_existence_return_no_cast_error(gleap: GleapEmulator, query: str) -> None:
    assert ask(gleap, query)[0] == 200


@pytest.mark.parametrize(
    ("query", "count"), [("type=BUG,X", 1), ("type=BUG%2CX", 0), ("type%3DBUG", 0), ("type=BUG", 1)]
)
def test_encoded_comma_or_equals_sign_matches_nothing(gleap: GleapEmulator, query: str, count: int) -> None:
    assert rows_found(gleap, query) == count


@pytest.mark.parametrize("date", [DATE, ENCODED])
def test_lenient_decoding_accepts_raw_and_encoded_colons(gleap: GleapEmulator, date: str) -> None:
    gleap.behavior = Behavior(reads_queries="lenient")
    assert rows_found(gleap, f"updatedAt%3E={date}&type=BUG%2CX") == 1
    assert rows_found(gleap, f"updatedAt%3E={date}&type=X") == 0


@pytest.mark.parametrize("behavior", [Behavior(date_filters="ignored"), Behavior(date_filters="blind")])
def test_ignored_date_filter_returns_no_cast_error(gleap: GleapEmulator, behavior: Behavior) -> None:
    gleap.behavior = behavior
    assert ask(gleap, f"updatedAt%3E={ENCODED}")[0] == 200


def test_request_line_is_recorded_as_sent(gleap: GleapEmulator) -> None:
    ask(gleap, f"updatedAt%3E={ENCODED}&a>=%3a")
    (request,) = gleap.requests
    assert request.line == b"GET /v3/tickets?updatedAt%3E=2026-01-31T08%3A00%3A00.000Z&a>=%3a HTTP/1.1"
    assert request.params == {"updatedAt>": DATE, "a>": ":"}
