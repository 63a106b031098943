"""`SchemaNormalizer`: whatever Gleap sends, a record holds the declared fields only, each of its declared type."""

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from source_gleap.components.normalization import (
    SchemaNormalizer,
    field_converters,
    to_boolean,
    to_id,
    to_integer,
    to_number,
    to_text,
)
from unit_tests.components.malformed_json import json_column

JSON_TEXT = {"type": ["null", "string"], "contentMediaType": "application/json"}
SCHEMA = {
    "properties": {
        "id": {"type": ["null", "string"]},
        "title": {"type": ["null", "string"]},
        "session": {"type": ["null", "string"], "x-references": "sessions"},
        "members": {"type": ["null", "array"], "items": {"type": ["null", "string"], "x-references": "users"}},
        "tags": {"type": ["null", "array"], "items": {"type": ["null", "string"]}},
        "count": {"type": ["null", "integer"]},
        "score": {"type": ["null", "number"]},
        "archived": {"type": ["null", "boolean"]},
        "dueDate": {"type": ["null", "string"], "format": "date-time"},
        "data": JSON_TEXT,
        "responses": {**JSON_TEXT, "x-sources": ["responses", "formData"]},
    }
}


def shaped(**row: Any) -> dict[str, Any]:
    record = dict(row)
    SchemaNormalizer(parameters={}, name="things").transform(record, SCHEMA)
    return record


def test_undeclared_field_is_removed() -> None:
    assert shaped(id="a", lexorank="0|x") == {"id": "a"}


def test_null_equals_missing() -> None:
    assert shaped(id="a", title=None, data=None, tags=None, dueDate=None) == shaped(id="a")


@pytest.mark.parametrize("populated", ["u1", {"id": "u1"}, {"_id": "u1", "email": "a@b.c"}, {"_id": "u1", "id": "u1"}])
def test_reference_of_every_form_becomes_its_id(populated: Any) -> None:
    assert shaped(session=populated) == {"session": "u1"}
    assert shaped(members=[populated, None]) == {"members": ["u1"]}


@pytest.mark.parametrize("empty", [{}, [], "", False, {"id": None}, {"id": {}}])
def test_reference_without_an_id_is_null(empty: Any) -> None:
    assert shaped(session=empty) == {}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_field_parses_to_the_sent_value(value: Any) -> None:
    record = shaped(data=value)
    if value is None or value == "":
        assert record == {}
    else:
        assert json.loads(record["data"]) == json_column(value)


def test_json_field_is_compact_and_keeps_text_order_and_digits() -> None:
    sent = {"b": "Grüße 👋", "a": [1, 12345678901234567890123, 0.5]}
    assert shaped(data=sent)["data"] == '{"b":"Grüße 👋","a":[1,12345678901234567890123,0.5]}'


@pytest.mark.parametrize("sent", ['{"a": 1}', "[1, 2]", "5", "1e9", "null", '"skipped"', "[" * 500 + "]" * 500])
def test_json_field_keeps_a_text_that_is_json(sent: str) -> None:
    assert shaped(data=sent) == {"data": sent}


@pytest.mark.parametrize(
    ("sent", "emitted"),
    [
        ("skipped", '"skipped"'),
        ("Infinity", '"Infinity"'),
        ("  ", '"  "'),
        ("half {", '"half {"'),
        ("[" * 2000, '"' + "[" * 2000 + '"'),
        ('{"a": "x\\u0000y"}', '{"a":"xy"}'),
        ('"x\\u0000y"', '"xy"'),
        ('{"a": "\\\\u0000"}', '{"a":"\\\\u0000"}'),
        ('["cut \\ud83d"]', '["cut \ufffd"]'),
        ('{"a": NaN}', '{"a":null}'),
        ('"line\nbreak"', '"line\\nbreak"'),
    ],
)
def test_json_field_makes_json_of_any_other_text(sent: str, emitted: str) -> None:
    assert shaped(data=sent) == {"data": emitted}


def test_json_field_is_null_for_an_empty_text() -> None:
    assert shaped(data="") == {}


def test_survey_response_is_read_from_responses_or_form_data() -> None:
    assert shaped(formData={"nps": 9}) == {"responses": '{"nps":9}'}
    assert shaped(responses={"nps": 8}, formData={"nps": 9}) == {"responses": '{"nps":8}'}
    assert shaped(responses="", formData={"nps": 9}) == {"responses": '{"nps":9}'}


@pytest.mark.parametrize(
    ("sent", "emitted"),
    [
        ("2026-05-25T09:54:02.979Z", "2026-05-25T09:54:02.979Z"),
        ("2026-05-25T09:54:02Z", "2026-05-25T09:54:02.000Z"),
        ("2026-05-25T09:54Z", "2026-05-25T09:54:00.000Z"),
        ("2026-05-25T09:54:02.979123Z", "2026-05-25T09:54:02.979Z"),
        ("2026-05-25T11:54:02.979+02:00", "2026-05-25T09:54:02.979Z"),
        ("2026-05-25T11:54:02+0200", "2026-05-25T09:54:02.000Z"),
        ("2026-05-25 09:54:02", "2026-05-25T09:54:02.000Z"),
        ("2026-05-25", "2026-05-25T00:00:00.000Z"),
        ("0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        (1779702842979, "2026-05-25T09:54:02.979Z"),
        ("2026-02-30T00:00:00.000Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("soon", None),
        ("٢٠٢٦-05-25", None),
        ("", None),
        (True, None),
        (1e300, None),
        ({"$date": 1}, None),
    ],
)
def test_date_is_utc_with_milliseconds_or_null(sent: Any, emitted: str | None) -> None:
    assert shaped(dueDate=sent).get("dueDate") == emitted


@pytest.mark.parametrize(
    ("sent", "emitted"),
    [
        (True, 1),
        (False, 0),
        (3, 3),
        (3.0, 3),
        ("3", 3),
        ("3.0", 3),
        ("3.5", None),
        ("x", None),
        (2**63 - 1, 2**63 - 1),
        (str(2**63 - 1), 2**63 - 1),
        (2**63, None),
        (float("inf"), None),
        (float("nan"), None),
        ([], None),
    ],
)
def test_integer_is_read_from_boolean_number_or_text(sent: Any, emitted: int | None) -> None:
    assert to_integer(sent) == emitted


@pytest.mark.parametrize(
    ("sent", "emitted"), [("1.5", 1.5), (2, 2.0), (True, 1.0), ("NaN", None), ("1e999", None), ({}, None)]
)
def test_number_is_finite_or_null(sent: Any, emitted: float | None) -> None:
    assert to_number(sent) == emitted


@pytest.mark.parametrize(
    ("sent", "emitted"), [("true", True), ("False", False), (1, True), (0, False), (2, None), ("", None)]
)
def test_boolean_is_read_from_text_or_number(sent: Any, emitted: bool | None) -> None:
    assert to_boolean(sent) is emitted


@pytest.mark.parametrize(
    ("sent", "emitted"), [(5, "5"), (4.5, "4.5"), (True, "true"), ({"id": "widget"}, '{"id":"widget"}')]
)
def test_text_field_keeps_other_values_as_text(sent: Any, emitted: str) -> None:
    assert to_text(sent) == emitted


def test_list_keeps_readable_items_and_wraps_a_single_item() -> None:
    assert shaped(tags=["a", None, 5]) == {"tags": ["a", "5"]}
    assert shaped(tags="a") == {"tags": ["a"]}


def test_unreadable_value_is_reported_without_its_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "airbyte"):
        SchemaNormalizer(parameters={}, name="things").transform({"count": "hunter2"}, SCHEMA)
    assert len(caplog.messages) == 1
    assert "things" in caplog.text
    assert "count" in caplog.text
    assert "str" in caplog.text
    assert "hunter" not in caplog.text


def test_unreadable_value_is_reported_once_by_field_and_type(caplog: pytest.LogCaptureFixture) -> None:
    normalizer = SchemaNormalizer(parameters={}, name="things")
    with caplog.at_level(logging.WARNING, "airbyte"):
        for sent in ("many", "few", ["some"]):
            normalizer.transform({"count": sent}, {"properties": {"count": {"type": ["null", "integer"]}}})
    assert [line.partition(", which")[0] for line in caplog.messages] == [
        "Stream things: the field count came as str",
        "Stream things: the field count came as list",
    ]
    assert "many" not in caplog.text


@given(
    st.dictionaries(
        st.sampled_from(list(SCHEMA["properties"])),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "_id", "a", ""]), inner),
            max_leaves=8,
        ),
    )
)
def test_normalized_record_is_valid_for_any_value(row: dict[str, Any]) -> None:
    record = shaped(**row)
    Draft7Validator({"type": "object", **SCHEMA}).validate(record)
    assert set(record) <= set(SCHEMA["properties"])


def test_every_declared_field_has_a_converter() -> None:
    assert [name for name, *_ in field_converters(SCHEMA)] == list(SCHEMA["properties"])


@pytest.mark.parametrize(("value", "key"), [({"$oid": "a1"}, "a1"), (7, "7"), (True, None), (None, None)])
def test_id_is_extracted_from_object_id_and_extended_json(value: Any, key: str | None) -> None:
    assert to_id(value) == key
