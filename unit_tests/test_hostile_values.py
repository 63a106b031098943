"""Whole pages of whatever JSON can say: good records come through unchanged, all others in the declared form."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
import pytest
import requests
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import AirbyteMessage, AirbyteRecordMessage, Type
from airbyte_cdk.sources.declarative.extractors.record_selector import RecordSelector
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from integration_tests.hostile_json import MEGABYTE, VALUES, Sent, array, obj, plain
from integration_tests.reading import STREAMS
from source_gleap import SourceGleap
from source_gleap.components.answers import AnswerReader
from source_gleap.components.paging import WindowFilter
from source_gleap.components.records import DeclaredTypes, GleapRecordExtractor

Fields = list[tuple[Sent, Sent]]  # the names and values of a row

DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z", re.ASCII)
ALL_TIMES = StreamSlice(
    partition={}, cursor_slice={"start_time": "1970-01-01T00:00:00.000Z", "end_time": "9999-12-31T23:59:59.999Z"}
)

_OPTIONS_OF_AN_EXTRACTOR = {"list_keys", "cursor_fields", "total_key"}


@cache
def declared(stream: str) -> Mapping[str, Any]:
    """A stream as the manifest declares it."""
    entries = SourceGleap().resolved_manifest["streams"]
    streams = [inner for entry in entries for inner in entry.get("streams", [entry])]
    return next(found for found in streams if found["name"] == stream)


def schema_of(stream: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = declared(stream)["schema_loader"]["schema"]
    return schema


def read(stream: str, body: bytes) -> list[dict[str, Any]]:
    """The records of one answer, by the parts of which the manifest makes the stream."""
    response = requests.Response()
    response.status_code, response._content, response._content_consumed = 200, body, True  # type: ignore[attr-defined]
    AnswerReader(parameters={}).interpret_response(response)
    named = declared(stream)["retriever"]["record_selector"]
    own = {name: named["extractor"][name] for name in _OPTIONS_OF_AN_EXTRACTOR & set(named["extractor"])}
    selector = RecordSelector(
        extractor=GleapRecordExtractor(parameters={}, **own),
        config={},
        parameters={},
        name=stream,
        record_filter=WindowFilter(
            parameters={}, config={}, name=stream, filtered=named["record_filter"].get("filtered", True)
        ),
        schema_normalization=DeclaredTypes(parameters={}, name=stream),
    )
    return [dict(record) for record in selector.select_records(response, {}, schema_of(stream), ALL_TIMES)]


def printed(stream: str, record: dict[str, Any]) -> str:
    message = AirbyteMessage(
        type=Type.RECORD, record=AirbyteRecordMessage(stream=stream, data=record, emitted_at=1_779_702_842_979)
    )
    return AirbyteEntrypoint.airbyte_message_to_string(message)


def record(**fields: Any) -> dict[str, Any]:
    """The ticket that a row with these fields becomes, its key and cursor left out."""
    (found,) = read("tickets", orjson.dumps([{"id": "a", **fields}]))
    return {name: value for name, value in found.items() if name not in ("id", "updatedAt")}


@pytest.mark.parametrize(
    ("sent", "emitted"),
    [
        ("2026-01-02T03:04:05,678Z", "2026-01-02T03:04:05.678Z"),
        ("2026-W01-1T03:04:05.678Z", None),
        ("2026-01-02T030405.67800Z", None),
        ("2026-01-02T03:04+010000Z", None),
        ("2026-01-02T03:04:05.+01Z", None),
    ],
)
def test_a_date_as_long_as_those_of_gleap_is_no_less_looked_at(sent: str, emitted: str | None) -> None:
    assert record(dueDate=sent).get("dueDate") == emitted


@pytest.mark.parametrize("field", ["title", "formData", "isSpam", "bugId", "score", "session", "dueDate", "tags"])
def test_what_is_nested_deeper_than_python_follows_costs_its_field_and_not_the_stream(field: str) -> None:
    deep = b"[" * 1000 + b"]" * 1000
    found = read("tickets", b'[{"id":"a","%b":%b,"status":"OPEN"},{"id":"b"}]' % (field.encode(), deep))
    assert [record["id"] for record in found] == ["a", "b"]
    assert found[0]["status"] == "OPEN"


@pytest.mark.parametrize("no_id", [None, "", {}, [], ["x"], {"id": []}, {"name": "x"}, True, 1.5])
def test_an_id_that_is_none_does_not_hide_the_other_one(no_id: Any) -> None:
    (found,) = read("tickets", orjson.dumps([{"id": no_id, "_id": "a", "session": {"id": no_id, "_id": "s"}}]))
    assert (found["id"], found["session"]) == ("a", "s")


def test_an_answer_without_a_list_is_named_in_a_line_however_long_its_keys_are() -> None:
    with pytest.raises(AirbyteTracedException) as raised:
        read("tickets", orjson.dumps({"k" * MEGABYTE + str(number): 1 for number in range(3)}))
    assert len(str(raised.value.message)) < 1000
