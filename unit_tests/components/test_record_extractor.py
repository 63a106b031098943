"""`GleapRecordExtractor`: the rows of a response, whatever envelope and text they come in."""

import io
import json
from typing import Any

import pytest
import requests
import urllib3
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.schema.inline_schema_loader import InlineSchemaLoader
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.components.extraction import GleapRecordExtractor
from source_gleap.components.json_parsing import has_long_integer
from source_gleap.components.normalization import SchemaNormalizer
from source_gleap.components.responses import ResponseReadingErrorHandler, parsed


def response_of(body: Any, status: int = 200) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response.raw = urllib3.HTTPResponse(io.BytesIO(content), preload_content=False)
    ResponseReadingErrorHandler(parameters={}).interpret_response(response)
    return response


def rows(body: Any, **options: Any) -> list[dict[str, Any]]:
    extractor = GleapRecordExtractor(parameters={}, list_keys=["responses", "tickets", "items"], **options)
    return list(extractor.extract_records(response_of(body)))


ROW = {"id": "a", "updatedAt": "2026-01-01T00:00:00.000Z"}


@pytest.mark.parametrize(
    "body",
    [[ROW], {"tickets": [ROW]}, {"count": 1, "items": [ROW], "hasMore": False}, {"tickets": None, "items": [ROW]}],
    ids=["bare", "wrapped", "extra keys", "a null beside the list"],
)
def test_list_is_found_in_every_envelope(body: Any) -> None:
    assert rows(body) == [ROW]


@pytest.mark.parametrize("body", [[], {"tickets": []}, {"tickets": None}])
def test_empty_list_has_no_rows(body: Any) -> None:
    assert rows(body) == []


@pytest.mark.parametrize("body", [{"message": "hello"}, {}, "text", 5, None, {"tickets": {"a": 1}}])
def test_response_without_a_list_fails_instead_of_ending_the_stream(body: Any) -> None:
    with pytest.raises(AirbyteTracedException) as raised:
        rows(body)
    assert raised.value.failure_type == FailureType.system_error
    assert "holds no single list of records" in str(raised.value.message)


@pytest.mark.parametrize(
    "row", [{"id": "a"}, {"_id": "a"}, {"id": "a", "_id": "b"}, {"id": None, "_id": "a"}, {"_id": {"$oid": "a"}}]
)
def test_key_is_id_or_underscore_id(row: dict[str, Any]) -> None:
    assert [found["id"] for found in rows([row])] == ["a"]


def test_items_without_a_key_are_skipped_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    assert rows([ROW, None, "x", {}, {"id": ""}, {"id": {}}]) == [ROW]
    assert "5 of 6 items" in caplog.text


@pytest.mark.parametrize(
    ("row", "cursor"),
    [
        ({"updatedAt": "2026-01-02T00:00:00Z", "createdAt": "2026-01-01T00:00:00Z"}, "2026-01-02T00:00:00.000Z"),
        ({"lastActivity": "2026-01-03T00:00:00Z", "createdAt": "2026-01-01T00:00:00Z"}, "2026-01-03T00:00:00.000Z"),
        ({"updatedAt": "never", "createdAt": "2026-01-01T00:00:00Z"}, "2026-01-01T00:00:00.000Z"),
        ({}, None),
    ],
)
def test_cursor_is_the_first_available_date(row: dict[str, Any], cursor: str | None) -> None:
    found = rows([{"id": "a", **row}], cursor_fields=["updatedAt", "lastActivity", "createdAt"])
    assert found[0]["updatedAt"] == cursor


def test_total_is_kept_only_with_a_total_key() -> None:
    for total_key, total in (("totalCount", 7), (None, None)):
        response = response_of({"tickets": [ROW], "totalCount": 7})
        GleapRecordExtractor(parameters={}, list_keys=["tickets"], total_key=total_key).extract_records(response)
        page = parsed(response).page
        assert page
        assert page.total == total


def test_lone_surrogate_becomes_a_replacement_character() -> None:
    body = b'[{"id":"a","title":"cut \\ud83d"},{"id":"b","title":"whole \\ud83d\\udc4b"}]'
    assert [row["title"] for row in rows(body)] == ["cut �", "whole 👋"]


def test_nul_characters_are_removed_from_texts_and_keys() -> None:
    assert rows(b'[{"id":"a","ti\\u0000tle":"x\\u0000y"}]')[0]["title"] == "xy"


def test_integers_above_64_bits_keep_their_digits() -> None:
    assert rows(b'[{"id":"a","n":123456789012345678901234567890}]')[0]["n"] == 123456789012345678901234567890


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[1234567890123456789]", True),
        (b"[-12345678901234567890]", True),
        (b'{"a": 12345678901234567890}', True),
        (b'{"id":"123456789012345678901234"}', False),
        (b'{"id":"a12345678901234567890bcd","b":12345678901234567890}', True),
        (b'{"id":"a12345678901234567890bcd","b":1234567890}', False),
        (b"123456789012345678", False),
    ],
)
def test_long_integer_is_distinguished_from_digits_of_an_id(body: bytes, expected: bool) -> None:
    assert has_long_integer(body) is expected


def test_ignored_error_response_has_no_rows() -> None:
    assert list(GleapRecordExtractor(parameters={}).extract_records(response_of(b"gone", status=404))) == []


def test_field_that_two_declared_fields_are_read_from_serves_both() -> None:
    text = {"type": ["null", "string"]}
    data = {**text, "contentMediaType": "application/json"}
    schema = {"properties": {"id": text, "title": {**text, "x-sources": ["title", "data"]}, "data": data}}
    loader = InlineSchemaLoader(schema=schema, parameters={})
    (row,) = rows([{"id": "a", "title": None, "data": {"b": 1}}], schema_loader=loader)
    SchemaNormalizer(parameters={}, name="things").transform(row, schema)
    assert row == {"id": "a", "data": '{"b":1}', "title": '{"b":1}'}
