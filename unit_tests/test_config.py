"""A configuration is made right where it can be, and refused by the field's name where it cannot."""

import json
from functools import cache
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap import SourceGleap

VALID: dict[str, Any] = {
    "api_key": "a-key",
    "project_id": "65f0aa11bb22cc33dd44ee01",
    "start_date": "2026-01-01T00:00:00Z",
}
DEFAULTS = {
    "api_url": "https://api.gleap.io/v3",
    "lookback_window": 60,
    "num_workers": 4,
    "messages_mode": "project",
    "tickets_mode": "list",
}


@cache
def source() -> SourceGleap:
    return SourceGleap()


def configured(**changes: Any) -> dict[str, Any]:
    return dict(source().configure({**VALID, **changes}, ""))


def refusal(config: dict[str, Any]) -> str:
    with pytest.raises(AirbyteTracedException) as raised:
        source().configure(config, "")
    assert raised.value.failure_type == FailureType.config_error
    return str(raised.value.message)


def test_missing_setting_gets_the_default_of_the_specification() -> None:
    assert configured() == VALID | DEFAULTS


def test_null_or_empty_setting_gets_the_default() -> None:
    assert configured(api_url="", num_workers=None) == VALID | DEFAULTS


def test_lookback_window_of_zero_is_kept() -> None:
    assert configured(lookback_window=0)["lookback_window"] == 0


def test_spaces_around_a_text_are_trimmed() -> None:
    assert configured(api_key=" a-key\n", project_id="\t65f0aa11bb22cc33dd44ee01 ") == VALID | DEFAULTS


def test_trailing_slashes_of_the_api_url_are_removed() -> None:
    assert configured(api_url="https://api.us.gleap.ai/v3/ ")["api_url"] == "https://api.us.gleap.ai/v3"


@pytest.mark.parametrize("given", ["https://api.gleap.io", "https://api.gleap.io/", " https://api.gleap.io/v3/ "])
def test_api_url_without_a_path_gets_the_default_path(given: str) -> None:
    assert configured(api_url=given)["api_url"] == "https://api.gleap.io/v3"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/v3", "http://localhost/v3", "http://[::1]:80/v3", "https://proxy.example/gleap/v3"]
)
def test_api_url_accepts_https_and_http_only_on_loopback(url: str) -> None:
    assert configured(api_url=url)["api_url"] == url


@pytest.mark.parametrize(("given", "number"), [(4.0, 4), (1e1, 10), (4, 4)])
def test_number_without_fraction_is_a_whole_number(given: float, number: int) -> None:
    found = configured(num_workers=given, lookback_window=given)
    assert json.dumps([found["num_workers"], found["lookback_window"]]) == f"[{number}, {number}]"


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2025-01-01", "2025-01-01T00:00:00Z"),
        ("2025-01-01T00:00:00+02:00", "2024-12-31T22:00:00Z"),
        ("2025-01-01T00:00:00-0530", "2025-01-01T05:30:00Z"),
        ("2025-01-01T00:00:00.999999999Z", "2025-01-01T00:00:00Z"),
        ("2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
    ],
)
def test_start_date_is_converted_to_whole_seconds_in_utc(given: str, moment: str) -> None:
    assert configured(start_date=given)["start_date"] == moment


def test_missing_setting_with_an_unknown_one_beside_it_is_explained() -> None:
    message = refusal({**VALID, "api_key": "", "apiKey": "hunter2", "API-Key": "hunter2"})
    assert "Unknown setting 'API-Key' is ignored; did you mean 'api_key'?" in message
    assert "Unknown setting 'apiKey' is ignored; did you mean 'api_key'?" in message
    assert "hunter2" not in message


@pytest.mark.parametrize("name", sorted(VALID))
def test_missing_required_setting_is_named(name: str) -> None:
    message = refusal({key: value for key, value in VALID.items() if key != name})
    assert f"'{name}'" in message
    assert "is missing" in message


@pytest.mark.parametrize(
    ("name", "value", "expectation"),
    [
        ("api_key", "  ", "filled in"),
        ("api_key", 5, "a text"),
        ("api_key", "broken\nin two", "a single line without spaces"),
        ("api_key", "“quoted”", "a single line without spaces"),
        ("project_id", "my project", "a single line without spaces"),
        ("project_id", "a\nb", "a single line without spaces"),
        ("start_date", 20260101, "a text, for example 2024-01-01T00:00:00Z"),
        ("start_date", "yesterday", "YYYY-MM-DD or YYYY-MM-DDTHH:mm:ssZ, for example 2024-01-01T00:00:00Z"),
        ("start_date", "2026-01-01T00:00:00", "YYYY-MM-DDTHH:mm:ssZ, for example 2024-01-01T00:00:00Z"),
        ("start_date", "01/02/2026", "YYYY-MM-DDTHH:mm:ssZ, for example 2024-01-01T00:00:00Z"),
        ("start_date", "2026-02-30", "a date of the calendar"),
        ("start_date", "2026-02-30T00:00:00+02:00", "a date of the calendar"),
        ("start_date", "2026-01-01T00:00:00+99:00", "a date of the calendar"),
        ("start_date", "0001-01-01T00:00:00+01:00", "from 1970 on, for example 2024-01-01T00:00:00Z"),
        ("start_date", "2999-01-01", "in the past, for example 2024-01-01T00:00:00Z"),
        ("api_url", "http://api.gleap.io/v3", "a URL that begins with https://, for example https://api.gleap.io/v3"),
        (
            "api_url",
            "http://127.0.0.1.example.com/v3",
            "a URL that begins with https://, for example https://api.gleap.io/v3",
        ),
        (
            "api_url",
            "https://user:password@api.gleap.io/v3",
            "a URL that begins with https://, for example https://api.gleap.io/v3",
        ),
        ("api_url", "https://api.gleap.io/v3/tickets", "https://api.gleap.io/v3 or https://api.us.gleap.ai/v3"),
        ("api_url", "http://[localhost", "a URL that begins with https://, for example https://api.gleap.io/v3"),
        ("api_url", "https://api.gleap.io/v2", "https://api.gleap.io/v3 or https://api.us.gleap.ai/v3"),
        ("api_url", "api.gleap.io", "a URL that begins with https://, for example https://api.gleap.io/v3"),
        ("lookback_window", -1, "at least 0"),
        ("lookback_window", "60", "a whole number, for example 60"),
        ("lookback_window", True, "a whole number"),
        ("num_workers", 4.5, "a whole number"),
        ("num_workers", float("inf"), "a whole number"),
        ("num_workers", [4], "a whole number"),
        ("num_workers", 1e2, "at most 20"),
        ("lookback_window", 10**9, "at most 525600"),
        ("num_workers", 21, "at most 20"),
        ("num_workers", 0, "at least 1"),
        ("messages_mode", "all", "one of: project, ticket"),
    ],
)
def test_invalid_setting_is_named_with_its_requirement(name: str, value: Any, expectation: str) -> None:
    message = refusal({**VALID, name: value})
    assert f"'{name}'" in message
    assert expectation in message
    assert ".." not in message


def test_all_invalid_settings_are_named_at_once() -> None:
    message = refusal({"api_key": "k", "project_id": "x y", "num_workers": 99})
    assert all(f"'{name}'" in message for name in ("project_id", "num_workers", "start_date"))


def test_error_does_not_repeat_the_invalid_value() -> None:
    assert "hunter" not in refusal({**VALID, "project_id": "hunter 2"})


def test_given_configuration_and_unknown_settings_stay_as_they_are() -> None:
    given = {**VALID, "api_url": " http://localhost/ ", "flag": True}
    assert source().configure(given, "") == VALID | DEFAULTS | {"api_url": "http://localhost/v3", "flag": True}
    assert given == {**VALID, "api_url": " http://localhost/ ", "flag": True}
