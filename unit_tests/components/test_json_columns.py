"""JSON columns hold JSON, whatever text Gleap sends in its place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_gleap.components.normalization import to_json


@pytest.mark.parametrize(
    ("sent", "emitted"),
    [
        ("skipped", '"skipped"'),
        ("", None),
        ("  ", '"  "'),
        ('{"a": 1}', '{"a": 1}'),
        ("[1, 2]", "[1, 2]"),
        ("5", "5"),
        ("null", "null"),
        ("NaN", "null"),
        ('{"a": "x\\u0000y"}', '{"a":"xy"}'),
        ("half {", '"half {"'),
        ({"a": [1]}, '{"a":[1]}'),
        ([], "[]"),
        (5, "5"),
        (True, "true"),
    ],
)
def test_json_column_holds_json(sent: Any, emitted: str | None) -> None:
    assert to_json(sent) == emitted


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_becomes_json_that_parses(sent: str) -> None:
    emitted = to_json(sent)
    assert emitted is None or "\\u0000" not in emitted
    if emitted is not None:
        json.loads(emitted)
