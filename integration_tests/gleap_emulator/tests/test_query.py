"""The emulator's query language, read as Express does: the table of docs/API.md 2.1, row by row, on one record."""

from typing import Any

import pytest

from integration_tests.gleap_emulator.query import Moment, matcher, parse

RECORD: dict[str, Any] = {
    "id": "65f0aa11bb22cc33dd44ee01",
    "status": "OPEN",
    "type": "BUG",
    "bugId": 12,
    "userId": "123",
    "hasAgentReply": True,
    "tags": ["vip", "export"],
    "formData": {"description": "Hallo"},
    "createdAt": "2025-09-01T00:00:00.123Z",
    "updatedAt": "2025-09-02T00:00:00.000Z",
}
SAME = "2025-09-01T00:00:00.123Z"
EARLIER = "2025-09-01T00:00:00.122Z"
LATER = "2025-09-01T00:00:00.124Z"


def found(query_string: str) -> bool:
    return matcher(parse(query_string, reading="lenient").filters)(RECORD)


@pytest.mark.parametrize(
    ("query_string", "is_found"),
    [
        pytest.param(f"createdAt>={SAME}", True, id="a literal >= is inclusive"),
        pytest.param(f"createdAt>={LATER}", False, id="a literal >= leaves out what is earlier"),
        pytest.param(f"createdAt%3E={SAME}", True, id="an encoded > before = is >=, inclusive"),
        pytest.param(f"createdAt%3E={LATER}", False, id="an encoded > before = leaves out what is earlier"),
        pytest.param(f"createdAt%3E%3D{SAME}", True, id="an operator encoded whole is >="),
        pytest.param(f"createdAt%3E%3D{LATER}=", False, id="an operator encoded whole with an empty value is >="),
        pytest.param(f"createdAt>{EARLIER}", True, id="a literal > finds what is later"),
        pytest.param(f"createdAt>{SAME}", False, id="a literal > is strict"),
        pytest.param(f"createdAt%3E{SAME}=", False, id="an encoded > with an empty value is strict"),
        pytest.param(f"createdAt<{SAME}", False, id="a literal < is strict"),
        pytest.param(f"createdAt%3C={SAME}", True, id="an encoded < before = is inclusive"),
        pytest.param(f"createdAt%3E={SAME}&createdAt%3C={SAME}", True, id="two bounds make a range, both inclusive"),
        pytest.param(f"createdAt%3E={EARLIER}&createdAt%3C={EARLIER}", False, id="the upper bound of a range counts"),
        pytest.param(f"createdAt%3E={LATER}&createdAt%3C={LATER}", False, id="the lower bound of a range counts"),
        pytest.param(f"createdAt=%3E%3D{EARLIER}", False, id="an operator in the value finds nothing"),
        pytest.param(f"createdAt[gte]={EARLIER}", False, id="a bracketed operator finds nothing"),
        pytest.param(f"createdAt[$gte]={EARLIER}", False, id="a bracketed Mongo operator finds nothing"),
        pytest.param(f"createdAt%3E={EARLIER}&createdAt%3E={EARLIER}", False, id="the same key twice is a list"),
        pytest.param(f"createdAt%3E={EARLIER}&createdAt%3E={SAME}", True, id="the same key twice finds what is in it"),
        pytest.param("createdAt>=2025-08-01T00:00:00+00:00", False, id="an unencoded + is a blank, and no date"),
        pytest.param("createdAt>=2025-08-01T00:00:00%2B00:00", True, id="an encoded + is a zone"),
        pytest.param("createdAt>=2025-09-01T02:00:00.124%2B02:00", False, id="a zone is converted to UTC"),
        pytest.param("createdAt>=2025-09-01T00:00:00.123999Z", True, id="microseconds are cut off"),
        pytest.param("createdAt>=2025-09-01", True, id="a date alone is midnight, before"),
        pytest.param("createdAt>=2025-09-02", False, id="a date alone is midnight, after"),
        pytest.param("status=OPEN", True, id="a value is found"),
        pytest.param("status=DONE", False, id="another value is not"),
        pytest.param("status=OPEN,INPROGRESS", True, id="a list with commas finds each"),
        pytest.param("status=DONE,INPROGRESS", False, id="a list with commas finds nothing else"),
        pytest.param("type[]=A&type[]=BUG", True, id="a bracketed list finds each"),
        pytest.param("type%5B%5D=A&type%5B%5D=B", False, id="a bracketed list, encoded, finds nothing else"),
        pytest.param("type[]=BUG", True, id="a bracketed list of one is that one"),
        pytest.param('filter={"updatedAt":{"$gte":"2025-09-02T00:00:00.000Z"}}', True, id="filter takes Mongo's JSON"),
        pytest.param('filter={"updatedAt":{"$gt":"2025-09-02T00:00:00.000Z"}}', False, id="filter is honoured"),
        pytest.param("filter={}&skip=0&limit=2&sort=-archivedAt&fields=_id&populate=x", True, id="reserved keys"),
        pytest.param("page=1&per_page=50", False, id="paging helpers are filters that find nothing"),
        pytest.param("cachebuster=1763", False, id="an unknown parameter finds nothing"),
        pytest.param("unknown=false", False, id="an unknown parameter finds nothing, false or not"),
        pytest.param("isSpam=false", True, id="an absent flag is false"),
        pytest.param("isSpam=true", False, id="an absent flag is not true"),
        pytest.param("hasAgentReply=true", True, id="a flag is found"),
        pytest.param("bugId=12", True, id="a number is found"),
        pytest.param("userId=123", True, id="digits find a text"),
        pytest.param("tags=vip", True, id="a list is found by one of its items"),
        pytest.param("formData.description=Hallo", True, id="a path is followed"),
        pytest.param("_id=65f0aa11bb22cc33dd44ee01", True, id="_id is id"),
    ],
)
def test_query_matches_the_record(query_string: str, is_found: bool) -> None:
    assert found(query_string) is is_found


@pytest.mark.parametrize(
    ("query_string", "filters"),
    [
        ("createdAt=%3E%3DT", {"createdAt": {"$eq": ">=T"}}),
        ("createdAt[gte]=T", {"createdAt": {"$eq": "[object Object]"}}),
        ("createdAt%3E=A&createdAt%3E=B", {"createdAt": {"$in": ["A", "B"]}}),
        ("createdAt>=2025-09-01", {"createdAt": {"$gte": Moment("2025-09-01T00:00:00.000Z")}}),
        ("page=1&per_page=50", {"page": {"$eq": 1}, "per_page": {"$eq": 50}}),
        ("status!=DONE", {"status": {"$ne": "DONE"}}),
        ("phone", {"phone": {"$exists": True}}),
    ],
)
def test_parse_builds_the_filter_of_api_query_params(query_string: str, filters: dict[str, Any]) -> None:
    assert parse(query_string, reading="lenient").filters == filters


def test_sort_takes_a_list_of_fields() -> None:
    assert parse("sort=-createdAt,_id").sort == (("createdAt", -1), ("_id", 1))


def test_skip_and_limit_are_not_filters() -> None:
    query = parse("skip=40&limit=20")
    assert (query.skip, query.limit, query.filters) == (40, 20, {})


def test_known_parameter_of_endpoint_is_not_a_filter() -> None:
    query = parse("ignoreArchived=true&archived=false", own=["ignoreArchived"])
    assert query.own == {"ignoreArchived": "true"}
    assert query.filters == {"archived": {"$eq": False}}


def test_filter_that_is_not_json_raises_value_error() -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse("filter={")
