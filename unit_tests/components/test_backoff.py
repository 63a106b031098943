"""The retry policy: how often each failure is tried, how long each wait takes, and what the final error says."""

import io
from collections.abc import Mapping
from typing import NamedTuple
from unittest.mock import patch

import pytest
import requests
import urllib3
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.http.error_handlers import ResponseAction
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.components.backoff import GleapBackoffStrategy
from source_gleap.components.responses import ResponseReadingErrorHandler

READ_SECONDS = 120
LONGEST_SECONDS = 15 * 60
Failure = requests.Response | requests.RequestException


class BrokenBody(io.BytesIO):
    """A body whose connection breaks."""

    def read1(self, size: int | None = -1) -> bytes:
        raise OSError("Connection reset by peer")


class Row(NamedTuple):
    failure: Failure
    attempts: int
    shown: str
    seconds_of_an_attempt: int = 0


def unread(status: int, body: io.BytesIO) -> requests.Response:
    """A response as the CDK hands it to the first error handler."""
    made = requests.Response()
    made.status_code = status
    made.raw = urllib3.HTTPResponse(body, preload_content=False)
    return made


def response(
    status: int, headers: Mapping[str, str] | None = None, body: io.BytesIO | None = None
) -> requests.Response:
    """A response as the CDK hands it to the backoff strategy."""
    made = unread(status, body or io.BytesIO(b'{"message": "No"}'))
    made.headers.update(headers or {})
    ResponseReadingErrorHandler(parameters={}, seconds=READ_SECONDS).interpret_response(made)
    return made


def too_slow() -> requests.Response:
    """A response whose body takes an hour for each part."""
    with patch("time.monotonic", side_effect=range(0, 36_000, 3600)):
        return response(200)


def unreachable() -> requests.ConnectionError:
    return requests.ConnectionError(request=requests.Request("GET", "https://api.gleap.io/v3/teams").prepare())


ROWS = {
    "429": Row(response(429), 12, "limit of 1000 a minute is reached (HTTP 429)"),
    "500": Row(response(500), 8, "HTTP 500). Gleap's message: No"),
    "502": Row(response(502), 8, "HTTP 502). Gleap's message: No"),
    "503": Row(response(503), 8, "HTTP 503). Gleap's message: No"),
    "425": Row(response(425), 8, "HTTP 425). Gleap's message: No"),
    "504": Row(response(504), 4, "HTTP 504). Gleap's message: No", READ_SECONDS),
    "408": Row(response(408), 4, "HTTP 408). Gleap's message: No", READ_SECONDS),
    "a read timeout": Row(requests.ReadTimeout(), 4, "did not respond in time", READ_SECONDS),
    "a slow body": Row(too_slow(), 4, "took more than 120 seconds to send a response", READ_SECONDS),
    "a broken body": Row(response(200, body=BrokenBody()), 8, "broke the connection in the middle of a response"),
    "half a document": Row(response(200, body=io.BytesIO(b'[{"id"')), 8, "something that is not JSON"),
    "no connection": Row(unreachable(), 6, "lets requests out to api.gleap.io"),
    "a connect timeout": Row(requests.ConnectTimeout(), 6, "could not be reached", 30),
}


def waits(failure: Failure, jitter: float) -> tuple[list[float], AirbyteTracedException]:
    """The wait after each try, in seconds without the second that the CDK adds, and the error that ends them."""
    strategy, found = GleapBackoffStrategy(parameters={}), list[float]()
    with patch("random.uniform", lambda low, high: low + (high - low) * jitter):
        while True:
            try:
                found.append(strategy.backoff_time(failure, len(found) + 1))
            except AirbyteTracedException as error:
                return found, error


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_failure_is_retried_as_often_as_its_kind_allows(row: Row) -> None:
    found, error = waits(row.failure, jitter=1)
    assert found == [min(60, 2**number) for number in range(1, row.attempts)]
    assert error.failure_type == FailureType.transient_error
    assert row.shown in str(error.message)
    assert f"It was asked {row.attempts} times. The next sync continues from" in str(error.message)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_no_failure_is_retried_for_more_than_15_minutes(row: Row) -> None:
    found, _ = waits(row.failure, jitter=1)
    assert sum(found) + len(found) + row.attempts * row.seconds_of_an_attempt <= LONGEST_SECONDS


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_jitter_shortens_a_wait_by_at_most_a_quarter(row: Row) -> None:
    longest, _ = waits(row.failure, jitter=1)
    shortest, _ = waits(row.failure, jitter=0)
    assert shortest == [0.75 * wait for wait in longest]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("1", 1), ("7", 7), ("600", 600), ("Thu, 01 Jan 2026 00:00:30 GMT", 30)],
)
def test_retry_after_sets_the_wait_in_seconds_or_as_a_date(status: int, retry_after: str, seconds: int) -> None:
    with patch("time.time", return_value=1_767_225_600):  # 2026-01-01T00:00:00Z
        assert (
            GleapBackoffStrategy(parameters={}).backoff_time(response(status, {"Retry-After": retry_after}), 1)
            == seconds
        )


@pytest.mark.parametrize("retry_after", ["", "soon", "0", "-5"])
def test_retry_after_without_a_time_is_ignored(retry_after: str) -> None:
    wait = GleapBackoffStrategy(parameters={}).backoff_time(response(503, {"Retry-After": retry_after}), 3)
    assert 6 <= wait <= 8


@pytest.mark.parametrize(("retry_after", "attempts"), [("601", 1), ("300", 3), ("100", 7), ("10", 12)])
def test_retry_after_above_10_minutes_in_total_ends_retries(retry_after: str, attempts: int) -> None:
    found, error = waits(response(429, {"Retry-After": retry_after}), jitter=1)
    assert len(found) == attempts - 1
    expected = f"It asked to wait {retry_after} s." if attempts < 12 else "It was asked 12 times."
    assert expected in str(error.message)


@pytest.mark.parametrize(
    ("seconds", "action"),
    [(READ_SECONDS, ResponseAction.SUCCESS), (READ_SECONDS + 1, ResponseAction.RETRY)],
)
def test_body_slower_than_its_time_limit_is_retried(seconds: int, action: ResponseAction) -> None:
    made = unread(200, io.BytesIO(b"[]"))
    with patch("time.monotonic", side_effect=[0, seconds]):
        resolution = ResponseReadingErrorHandler(parameters={}, seconds=READ_SECONDS).interpret_response(made)
    assert resolution.response_action == action
