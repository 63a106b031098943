"""`--behavior name=value` of the emulator's command: what it accepts, and what it says of anything else."""

import argparse
from typing import Any

import pytest

from integration_tests.gleap_emulator.__main__ import parse_behavior


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("project_wide_messages=false", False),
        ("project_wide_messages=empty", "empty"),
        ("page_cap=3", 3),
        ("refusal_status=422", 422),
        ("latency_seconds=0.5", 0.5),
        ("survey_envelope=items", "items"),
        ("refuses=bounds,sort", frozenset({"bounds", "sort"})),
    ],
)
def test_behavior_is_read_as_the_type_of_its_field(text: str, expected: Any) -> None:
    assert parse_behavior(text) == (text.partition("=")[0], expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("page_caps=3", "there is no behavior 'page_caps'; did you mean page_cap?"),
        ("x=1", "there is no behavior 'x'; the names are reads_queries, page_cap, "),
        ("page_cap=many", "page_cap must be a valid integer"),
        ("page_cap", "page_cap must be a valid integer"),
        ("date_filters=blnd", "date_filters must be 'honoured', 'ignored' or 'blind'"),
        ("project_wide_messages=all", "project_wide_messages must be a valid boolean or 'empty'"),
    ],
)
def test_wrong_behavior_is_refused_with_what_would_be_right(text: str, message: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        parse_behavior(text)
    assert str(refused.value).startswith(message)
