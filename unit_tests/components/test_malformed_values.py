"""Whole pages of whatever JSON can say: good records come through unchanged, all others in the declared form."""

import io
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
import pytest
import requests
import urllib3
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import AirbyteMessage, AirbyteRecordMessage, Type
from airbyte_cdk.sources.declarative.extractors.record_selector import RecordSelector
from airbyte_cdk.sources.declarative.schema.inline_schema_loader import InlineSchemaLoader
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from source_gleap import SourceGleap
from source_gleap.components.extraction import GleapRecordExtractor
from source_gleap.components.normalization import SchemaNormalizer
from source_gleap.components.pagination import WindowRecordFilter
from source_gleap.components.responses import ResponseReadingErrorHandler
from source_gleap.manifest import stream_names
from unit_tests.components.malformed_json import MEGABYTE, VALUES, Sent, array, json_column, loads, obj, plain

Fields = list[tuple[Sent, Sent]]  # the names and values of a row

DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z", re.ASCII)
ALL_TIMES = StreamSlice(
    partition={}, cursor_slice={"start_time": "1970-01-01T00:00:00.000Z", "end_time": "9999-12-31T23:59:59.999Z"}
)

_OPTIONS_OF_AN_EXTRACTOR = {"list_keys", "cursor_fields", "total_key"}


@cache
def declared(stream: str) -> Mapping[str, Any]:
    """A stream as the manifest declares it."""
    entries = SourceGleap(config={}).resolved_manifest["streams"]
    streams = [inner for entry in entries for inner in entry.get("streams", [entry])]
    return next(found for found in streams if found["name"] == stream)


def schema_of(stream: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = declared(stream)["schema_loader"]["schema"]
    return schema


def read(stream: str, body: bytes) -> list[dict[str, Any]]:
    """The records of one response, by the parts of which the manifest makes the stream."""
    response = requests.Response()
    response.status_code = 200
    response.raw = urllib3.HTTPResponse(io.BytesIO(body), preload_content=False)
    ResponseReadingErrorHandler(parameters={}).interpret_response(response)
    named = declared(stream)["retriever"]["record_selector"]
    own = {name: named["extractor"][name] for name in _OPTIONS_OF_AN_EXTRACTOR & set(named["extractor"])}
    if "schema_loader" in named["extractor"]:
        own["schema_loader"] = InlineSchemaLoader(schema=dict(schema_of(stream)), parameters={})
    selector = RecordSelector(
        extractor=GleapRecordExtractor(parameters={}, **own),
        config={},
        parameters={},
        name=stream,
        record_filter=WindowRecordFilter(
            parameters={}, config={}, name=stream, server_filters=named["record_filter"].get("server_filters", True)
        ),
        schema_normalization=SchemaNormalizer(parameters={}, name=stream),
    )
    return [dict(record) for record in selector.select_records(response, {}, schema_of(stream), ALL_TIMES)]


def printed(stream: str, record: dict[str, Any]) -> str:
    message = AirbyteMessage(
        type=Type.RECORD, record=AirbyteRecordMessage(stream=stream, data=record, emitted_at=1_779_702_842_979)
    )
    return AirbyteEntrypoint.airbyte_message_to_string(message)


def is_json(field: Mapping[str, Any]) -> bool:
    return field.get("contentMediaType") == "application/json"


def sources_of(stream: str) -> list[str]:
    """All fields of Gleap's that the records of a stream are made of, but the key."""
    fields = schema_of(stream)["properties"]
    return sorted({source for name, field in fields.items() for source in field.get("x-sources", [name])} - {"id"})


def good_row(stream: str, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A row with every field in its usual form, and the record that it becomes."""
    row: dict[str, Any] = {}
    for name, field in schema_of(stream)["properties"].items():
        kind = next(kind for kind in field["type"] if kind != "null")
        if is_json(field):
            row[name] = {"b": ["Grüße 👋", 1.5, True, None], "a": {"": -(2**63)}}
        elif field.get("format") == "date-time":
            row[name] = "2026-05-25T09:54:02.979Z"
        else:
            usual = {"string": f"of {name}", "integer": 2**63 - 1, "number": 0.1, "boolean": True, "array": ["a", "b"]}
            row[name] = usual[kind]
    row["id"] = key
    record = {name: orjson.dumps(value).decode() if isinstance(value, dict) else value for name, value in row.items()}
    return row, record


any_text = st.text(st.characters(exclude_categories=[]), max_size=20).map(plain)
keys = st.sampled_from([plain(key) for key in ("", "id", "_id", "$oid", "a", "cut \ud83d", "n\0ul")]) | any_text
values: st.SearchStrategy[Sent] = st.recursive(
    st.sampled_from([value for value in VALUES.values() if len(value.json) < MEGABYTE // 10])
    | any_text
    | st.integers().map(plain)
    | st.integers(min_value=10**18, max_value=10**40).map(plain)
    | st.floats(allow_nan=False, allow_infinity=False).map(plain)
    | st.datetimes().map(lambda moment: plain(moment.isoformat())),
    lambda inner: st.lists(inner, max_size=4).map(array) | st.lists(st.tuples(keys, inner), max_size=4).map(obj),
    max_leaves=6,
)
_NO_KEYS: list[Any] = [None, {}, "", [], [1], True, {"id": {}}, {"x": "y"}, 1.5]
no_key = st.sampled_from([plain(value) for value in _NO_KEYS])


@st.composite
def keyed(draw: st.DrawFn, key: str) -> Fields:
    """The fields from which a row has its id, in one of the forms that lead to `key`."""
    there = draw(
        st.sampled_from(
            [plain(form) for form in (key, {"id": key}, {"_id": key}, {"$oid": key}, {"id": [], "_id": key})]
        )
    )
    others: Fields = draw(
        st.sampled_from([[], [(plain("id"), plain("overwritten"))], [(plain("_id"), plain("other"))]])
    )
    if draw(st.booleans()):
        return [*others, (plain("id"), there)]
    return [(plain("id"), draw(no_key)), (plain("_id"), there)] if draw(st.booleans()) else [(plain("_id"), there)]


@st.composite
def malformed_pages(draw: st.DrawFn, stream: str) -> tuple[bytes, dict[str, Any], dict[str, dict[str, Any]]]:
    """A body; the good records in it by id; and what was sent in the rows that have an id, by id."""
    fields = st.lists(st.tuples(st.sampled_from(sources_of(stream)).map(plain), values), max_size=15)
    items, good, sent = [], {}, {}
    for number in range(draw(st.integers(1, 3))):
        row, record = good_row(stream, f"good{number}")
        items.append(Sent(orjson.dumps(row), None))
        good[record["id"]] = record
    for number in range(draw(st.integers(1, 4))):
        members = draw(fields) + draw(keyed(f"malformed{number}"))
        malformed = obj(members)
        items.insert(draw(st.integers(0, len(items))), malformed)
        sent[f"malformed{number}"] = malformed.means
    no_row = no_key | st.tuples(fields, no_key).map(lambda drawn: obj([*drawn[0], (plain("id"), drawn[1])]))
    for item in draw(st.lists(no_row, max_size=2)):
        items.insert(draw(st.integers(0, len(items))), item)
    page = array(items)
    if draw(st.booleans()):
        around = st.lists(st.tuples(st.sampled_from([plain("totalCount"), plain(""), plain("extra")]), values))
        page = obj([*draw(around), (plain("items"), page), *draw(around)])
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf", b" \n"])) + page.json, good, sent


def same(one: Any, other: Any) -> bool:
    """Whether two JSON documents are the same, with 1, true and 1.0 different."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def check(stream: str, body: bytes, good: Mapping[str, Any], sent: Mapping[str, Mapping[str, Any]]) -> None:
    """Asserts that the records of `body` are those of `good`, unchanged, and one in good form for each row of `sent`.

    :param sent: by id, what the fields of a row mean
    """
    found = read(stream, body)
    records = {record["id"]: record for record in found}
    assert sorted(record["id"] for record in found) == sorted([*good, *sent])
    assert {key: records[key] for key in good} == good
    fields = schema_of(stream)["properties"]
    validator = Draft7Validator(schema_of(stream))
    for key, record in records.items():
        validator.validate(record)
        assert set(record) <= set(fields)
        line = printed(stream, record)
        assert "\n" not in line
        assert orjson.loads(line.encode())["record"]["data"] == record
        for name, value in record.items():
            if fields[name].get("format") == "date-time":
                assert DATE.fullmatch(value)
            texts = value if isinstance(value, list) else [value]
            assert not any("\0" in text for text in texts if isinstance(text, str))
        for name in [name for name in fields if key in sent and is_json(fields[name])]:
            sources = fields[name].get("x-sources", [name])
            held = next((sent[key][source] for source in sources if sent[key].get(source) not in (None, "")), None)
            assert (name in record) == (held is not None)
            assert same(loads(record.get(name, "null")), json_column(held))


@pytest.mark.parametrize("stream", stream_names())
@given(st.data())
def test_no_page_breaks_a_stream(stream: str, data: st.DataObject) -> None:
    check(stream, *data.draw(malformed_pages(stream)))


# These have fields of every type, and fields with several sources.
EVERY_TYPE = ("tickets", "teams", "survey_responses")


@pytest.mark.parametrize(
    "stream",
    [pytest.param(name, marks=[] if name in EVERY_TYPE else [pytest.mark.slow]) for name in stream_names()],
)
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_malformed_value_in_every_field_breaks_no_stream(stream: str, value: Sent) -> None:
    row, record = good_row(stream, "good")
    malformed = obj([*((plain(name), value) for name in sources_of(stream)), (plain("id"), plain("malformed"))])
    body = array([Sent(orjson.dumps(row), row), malformed])
    check(stream, body.json, {"good": record}, {"malformed": malformed.means})


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
def test_date_as_long_as_a_date_of_gleap_is_validated(sent: str, emitted: str | None) -> None:
    assert record(dueDate=sent).get("dueDate") == emitted


@pytest.mark.parametrize("field", ["title", "formData", "isSpam", "bugId", "score", "session", "dueDate", "tags"])
def test_value_nested_too_deeply_costs_its_field_and_not_the_stream(field: str) -> None:
    deep = b"[" * 1000 + b"]" * 1000
    found = read("tickets", b'[{"id":"a","%b":%b,"status":"OPEN"},{"id":"b"}]' % (field.encode(), deep))
    assert [record["id"] for record in found] == ["a", "b"]
    assert found[0]["status"] == "OPEN"


@pytest.mark.parametrize("no_id", [None, "", {}, [], ["x"], {"id": []}, {"name": "x"}, True, 1.5])
def test_invalid_id_does_not_hide_the_other_id(no_id: Any) -> None:
    (found,) = read("tickets", orjson.dumps([{"id": no_id, "_id": "a", "session": {"id": no_id, "_id": "s"}}]))
    assert (found["id"], found["session"]) == ("a", "s")


def test_missing_list_error_stays_below_1000_characters() -> None:
    with pytest.raises(AirbyteTracedException) as raised:
        read("tickets", orjson.dumps({"k" * MEGABYTE + str(number): 1 for number in range(3)}))
    assert len(str(raised.value.message)) < 1000
