"""Where the list of a response is found, and what is no list."""

from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.components.extraction import find_list

KEYS = ["tickets", "surveys", "responses", "items"]


@pytest.mark.parametrize(
    "body",
    [
        [3],
        {"responses": [3]},
        {"surveys": [1], "responses": [3]},
        {"tickets": [], "responses": [3]},
        {"responses": [3], "items": [1]},
        {"items": [3]},
        {"responses": None, "items": [3]},
    ],
)
def test_own_list_comes_before_other_lists(body: Any) -> None:
    assert find_list(body, ["responses"], KEYS) == [3]


@pytest.mark.parametrize("body", [{"surveys": [1], "items": [3]}, {"tickets": [], "items": [3]}])
def test_response_with_several_foreign_lists_fails_and_shows_the_keys(body: dict[str, Any]) -> None:
    with pytest.raises(AirbyteTracedException) as raised:
        find_list(body, ["responses"], KEYS)
    assert all(key in str(raised.value.message) for key in body)


@pytest.mark.parametrize("body", [{"responses": None}, {"responses": None, "items": None}])
def test_null_instead_of_the_list_means_no_rows(body: dict[str, Any]) -> None:
    assert find_list(body, ["responses"], KEYS) == []
