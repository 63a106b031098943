"""GET requests to one project: few, counted, within time limits, and to no other host."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester
from airbyte_cdk.sources.streams.http.error_handlers import ResponseAction

from source_gleap.components.backoff import distrusted_certificate
from source_gleap.components.json_parsing import parse_parts
from source_gleap.components.pagination import RefusedRequestError
from source_gleap.components.responses import parsed

MAX_REQUESTS = 45
# In a row. Without it, a server that never responds would take an hour; and a project that responds with 429 is busy.
_MAX_FAILURES = 2
_LIMIT_HEADER = re.compile(r"retry-after|(x-)?ratelimit(-limit|-remaining|-reset|-policy)?")
# Stands in the manifest's messages where they quote Gleap, which is for the customer only.
_QUOTE = "\u2026"


@dataclass(eq=False)
class RequestFailedError(Exception):
    """A request without a usable response.

    Attributes:
        cause: Why, in words that are fit to be made public.
        is_transient: Whether a later try may succeed.
        is_permanent: Whether the failure ends a sync.
        is_refused: Whether Gleap refuses the form of the request, so that a sync tries another: one with smaller pages
            unless the failure is permanent.
        advice: The message that ends a sync, without what it quotes of Gleap's, if the configuration is to blame.
        needs: The stream whose list was not read, if that is what failed.
    """

    cause: str
    is_transient: bool = True
    is_permanent: bool = False
    is_refused: bool = False
    advice: str = ""
    needs: str = ""


@dataclass
class Client:
    """Sends each request once.

    Attributes:
        outcomes: The document, or the failure, of each request that was sent.
        limit_headers: The last value of each header about a rate limit.
    """

    outcomes: dict[Any, Any] = field(default_factory=dict, init=False)
    limit_headers: dict[str, str] = field(default_factory=dict, init=False)
    _session: requests.Session = field(default_factory=requests.Session, init=False)

    def get(self, url: str, parameters: Mapping[str, Any], like: HttpRequester) -> Any:
        """The JSON document of a response.

        Args:
            url: The address, with or without a query.
            parameters: Query parameters to add.
            like: Gives headers and time-outs, reads the response, and decides what a sync does about an HTTP error.

        Raises:
            RequestFailedError: There is no such document, or too many requests were sent or have failed.
        """
        key = (url, *sorted(parameters.items()))
        if key not in self.outcomes:
            latest = list(self.outcomes.values())[-_MAX_FAILURES:]
            if sum(isinstance(each, RequestFailedError) and each.is_transient for each in latest) == _MAX_FAILURES:
                raise RequestFailedError(f"not asked: {_MAX_FAILURES} requests in a row had failed")
            if len(self.outcomes) >= MAX_REQUESTS:
                raise RequestFailedError(f"not asked: {MAX_REQUESTS} requests had been sent")
            self.outcomes[key] = self._send(url, parameters, like)
        if isinstance(self.outcomes[key], RequestFailedError):
            raise self.outcomes[key]
        return self.outcomes[key]

    def _send(self, url: str, parameters: Mapping[str, Any], like: HttpRequester) -> Any:
        """The document, or the failure."""
        headers, timeout = like.get_request_headers(), (like.connect_timeout_in_seconds, like.read_timeout_in_seconds)
        try:
            response = self._session.get(
                url, params=parameters, headers=headers, auth=like.get_authenticator(), timeout=timeout, stream=True,
                allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException as error:
            cause = f"no response ({type(error).__name__})"
            return RequestFailedError(cause, advice=distrusted_certificate(error) or "")
        with response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            self.limit_headers |= {name: value for name, value in headers.items() if _LIMIT_HEADER.fullmatch(name)}
            if not response.ok:
                return _failure(response, like)
            if response.status_code >= 300:
                cause = f"HTTP {response.status_code}, a redirect, which is not followed"
                return RequestFailedError(cause, is_transient=False, is_permanent=True)
            like.error_handler.interpret_response(response)  # type: ignore[union-attr] # never None
            if broken := parsed(response).error:
                is_whole = isinstance(broken.__cause__, (ValueError, RecursionError))
                return RequestFailedError(f"a response that {'is not JSON' if is_whole else 'breaks off'}")
            return parse_parts(parsed(response).document)


def _failure(response: requests.Response, like: HttpRequester) -> RequestFailedError:
    """What the connector's error handler makes of the status and the headers. Nothing reads the body."""
    response.close()
    response.raw = urllib3.HTTPResponse(io.BytesIO(_QUOTE.encode()), preload_content=False)
    failure = RequestFailedError(f"HTTP {response.status_code}")
    try:
        resolution = like.error_handler.interpret_response(response)  # type: ignore[union-attr] # never None
        action, failure_type, message = resolution.response_action, resolution.failure_type, resolution.error_message
    except RefusedRequestError as refusal:
        failure.is_refused = not refusal.is_not_found  # a sync skips a parent that is gone
        action = ResponseAction.FAIL if failure.is_refused else ResponseAction.IGNORE
        failure_type, message = refusal.failure_type, refusal.message
    failure.is_transient = action in (ResponseAction.RETRY, ResponseAction.RATE_LIMITED)
    failure.is_permanent = action is ResponseAction.FAIL and failure_type is not FailureType.transient_error
    if failure_type is FailureType.config_error:
        text, quote, _ = str(message).partition(_QUOTE)
        failure.advice = text[: text.rfind(". ") + 1] if quote else text
    return failure
