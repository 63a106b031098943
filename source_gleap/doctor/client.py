"""GET requests to one project: few, counted, within time limits, and to no other host."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from airbyte_cdk.sources.streams.http.requests_native_auth import TokenAuthenticator

from source_gleap.components.backoff import retry_after
from source_gleap.components.json_parsing import parse_json
from source_gleap.components.responses import InvalidResponseError, read_body

MOST_REQUESTS = 39
# Of requests in a row: else a Gleap that never answers would take an hour.
_MOST_GIVEN_UP = 2
# Then the project is busy, and its users need the requests more.
_MOST_429 = 3
_LONGEST_WAIT_SECONDS = 60
_WAIT_SECONDS = 2
_TOO_MANY_REQUESTS = 429
_TOO_LARGE = (413, 504)  # as in the manifest's `too_large`
_PASSING = (408, 425, _TOO_MANY_REQUESTS)  # as in its `unavailable`, and all from 500 on
_LIMIT_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit-limit",
                  "ratelimit-remaining", "ratelimit-reset", "ratelimit", "ratelimit-policy")  # fmt: skip


class NoAnswerError(Exception):
    """There is no usable answer.

    :param cause: why, in words that are fit to be made public
    :param status: of the answer, None without one
    :param lasts: it will be so another time, and for the connector as well
    """

    def __init__(self, cause: str, status: int | None = None, lasts: bool = False) -> None:
        super().__init__(cause)
        self.cause, self.status, self.lasts = cause, status, lasts

    @property
    def is_too_large(self) -> bool:
        return self.status in _TOO_LARGE


class _PassingRetryReasonError(Exception):
    """RetryReason that may be over after `wait` seconds; None: not soon enough to wait for.

    :param lasts: if it is not over, it never will be
    """

    def __init__(self, cause: str, status: int | None = None, wait: float | None = None, lasts: bool = False) -> None:
        super().__init__(cause)
        self.cause, self.status, self.wait, self.lasts = cause, status, wait, lasts


@dataclass
class Client:
    """Asks, one request at a time, and the same at most twice.

    :param token: the API key; it goes to no other host, because no redirect is followed
    :param connect_seconds: how long a connection may take to be made
    :param answer_seconds: how long an answer may take to begin, and from then on to end
    :param tell: is given a line about each wait
    """

    token: str
    connect_seconds: float
    answer_seconds: float
    tell: Callable[[str], None]
    made: int = field(default=0, init=False)
    # Names of rate limit headers in any answer; the seconds in the `Retry-After` of each 429.
    limit_headers: set[str] = field(default_factory=set, init=False)
    refused_for_now: list[float | None] = field(default_factory=list, init=False)
    _given_up: int = field(default=0, init=False)
    _session: requests.Session = field(default_factory=requests.Session, init=False)

    def get(self, url: str, parameters: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
        """The JSON document that is answered. Raises NoAnswerError: there is none, or too much has been asked."""
        if self._given_up >= _MOST_GIVEN_UP:
            raise NoAnswerError(f"not asked: {_MOST_GIVEN_UP} requests in a row had failed")
        if len(self.refused_for_now) >= _MOST_429:
            raise NoAnswerError(f"not asked: HTTP 429 had come {_MOST_429} times")
        try:
            document = self._tried_twice(url, parameters, headers)
        except _PassingRetryReasonError as trouble:
            self._given_up += 1
            raise NoAnswerError(trouble.cause, trouble.status, trouble.lasts) from trouble
        except NoAnswerError:
            self._given_up = 0
            raise
        self._given_up = 0
        return document

    def _tried_twice(self, *request: Any) -> Any:
        try:
            return self._asked(*request)
        except _PassingRetryReasonError as trouble:
            if trouble.wait is None or self.made >= MOST_REQUESTS:
                raise
            self.tell(f"{trouble.cause}: waiting {trouble.wait:.0f} s, then trying once more")
            time.sleep(trouble.wait)
        return self._asked(*request)

    def _asked(self, url: str, parameters: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
        if self.made >= MOST_REQUESTS:
            raise NoAnswerError(f"not asked: {MOST_REQUESTS} requests had been made")
        self.made += 1
        try:
            response = self._session.get(
                url, params=parameters, headers=headers, auth=TokenAuthenticator(self.token), allow_redirects=False,
                timeout=(self.connect_seconds, self.answer_seconds), stream=True,
            )  # fmt: skip
            with response:
                return self._read(response)
        except requests.Timeout as error:
            raise _PassingRetryReasonError(f"no answer ({type(error).__name__})") from error
        except requests.RequestException as error:
            raise _PassingRetryReasonError(f"no answer ({type(error).__name__})", wait=_WAIT_SECONDS) from error

    def _read(self, response: requests.Response) -> Any:
        status = response.status_code
        self.limit_headers |= {name for name in _LIMIT_HEADERS if name in response.headers}
        if status == _TOO_MANY_REQUESTS:
            self.refused_for_now.append(retry_after(response))
        if status in _TOO_LARGE:
            raise NoAnswerError(f"HTTP {status}", status)
        if status in _PASSING or status >= 500:
            usual = _LONGEST_WAIT_SECONDS if status == _TOO_MANY_REQUESTS else _WAIT_SECONDS
            asked = retry_after(response) or usual
            raise _PassingRetryReasonError(f"HTTP {status}", status, asked if asked <= _LONGEST_WAIT_SECONDS else None)
        if 300 <= status < 400:
            raise NoAnswerError(f"HTTP {status}, a redirect, which is not followed", status, lasts=True)
        if not response.ok:
            raise NoAnswerError(f"HTTP {status}", status, lasts=True)
        try:
            return parse_json(read_body(response, self.answer_seconds))
        except InvalidResponseError as error:
            wait = None if error.timed_out else _WAIT_SECONDS
            raise _PassingRetryReasonError("an answer that breaks off", wait=wait) from error
        except (ValueError, RecursionError) as error:
            raise _PassingRetryReasonError("an answer that is not JSON", status, _WAIT_SECONDS, lasts=True) from error
