"""Reads HTTP responses: the JSON document, or a one-line error text.

With `StreamingJsonDecoder` as its decoder a request returns as soon as the headers are there. The error handler, which
is asked first, reads the body: within a time limit, and while the request can still be retried.
"""

import html
import io
import re
import time
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from typing import Any

import orjson
import requests
import urllib3
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.decoders import JsonDecoder
from airbyte_cdk.sources.declarative.decoders.decoder import DECODER_OUTPUT_TYPE
from airbyte_cdk.sources.streams.http.error_handlers import (
    BackoffStrategy,
    ErrorHandler,
    ErrorResolution,
    JsonErrorMessageParser,
    ResponseAction,
)
from airbyte_cdk.sources.streams.http.error_handlers.response_models import SUCCESS_RESOLUTION
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_gleap.components.json_parsing import split_page
from source_gleap.components.window_pages import PageResult

_READ_SIZE = 1 << 20
_MAX_ERROR_CHARACTERS = 300


class InvalidResponseError(Exception):
    """A response that cannot be used.

    Args:
        description: What is wrong with it, as the end of the sentence "Gleap ...".
        timed_out: Whether it took minutes to find that out.
    """

    def __init__(self, description: str, timed_out: bool = False) -> None:
        super().__init__(description)
        self.timed_out = timed_out


@dataclass
class ParsedResponse:
    """What has been read from a response. It is kept on the response, as `response.gleap`.

    Attributes:
        document: The JSON document as `split_page` returns it, until the decoder hands it on.
        page: The rows' ids and cursor values, for the pagination strategy.
        error: What is wrong with the response, for the backoff strategy.
    """

    document: Any = None
    page: PageResult | None = None
    error: InvalidResponseError | None = None


def parsed(response: requests.Response) -> ParsedResponse:
    """What has been read from `response`."""
    found: ParsedResponse = response.__dict__.setdefault("gleap", ParsedResponse())
    return found


@dataclass
class StreamingJsonDecoder(JsonDecoder):
    """Leaves the body unread, so that the error handler can limit the time of the whole response.

    The CDK also prints the bodies of other responses in its debug log, and with them every `gleapHash`. It is a
    JsonDecoder because the CDK allows pages in no other format.
    """

    parameters: InitVar[Mapping[str, Any]]

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        pass

    def is_stream_response(self) -> bool:
        return True

    def decode(self, response: requests.Response) -> DECODER_OUTPUT_TYPE:
        """Yields the document that the error handler has read, and lets go of it."""
        document, parsed(response).document = parsed(response).document, None
        yield document


@dataclass
class ResponseReadingErrorHandler(ErrorHandler):
    """Reads a response to its end; RETRY if it is not whole, or no JSON.

    - Success: the document is kept as `parsed(response).document`; an empty body is an empty list.
    - A body that breaks off, comes too slowly, or is no JSON: RETRY; the reason is kept as `parsed(response).error`.
    - An error status is for the handlers that come after this one. Gleap documents no form of an error's body; here it
      becomes `{"status": 400, "message": "..."}`, whatever it was, so that messages can quote it. Secrets in it are
      masked: the CDK prints it.

    Put first in a CompositeErrorHandler: its handlers are asked in turn until one does not fail, and `max_retries` and
    the backoff strategies are taken from the first.

    Attributes:
        seconds: How long the body may take to come, from the headers on.
        max_retries: How often the CDK may retry; more often than `backoff_strategies` allow.
        max_time: For how many seconds the CDK may retry; longer than these allow.
    """

    parameters: InitVar[Mapping[str, Any]]
    seconds: float = 120
    max_retries: int | None = 20
    max_time: int | None = 3600
    backoff_strategies: list[BackoffStrategy] = field(default_factory=list)

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        pass

    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        if not isinstance(response, requests.Response):
            return _retry(f"No response: {type(response).__name__}")
        try:
            body = read_body(response, self.seconds)
            if response.ok:
                # No content, as HTTP 204 announces it, is no rows.
                parsed(response).document = parse_body(body) if body.strip() else []
                return SUCCESS_RESOLUTION
        except InvalidResponseError as error:
            parsed(response).error = error
            return _retry(str(error))
        error_body = {"status": response.status_code, "message": error_text(body)}
        response.raw, response.encoding = io.BytesIO(orjson.dumps(error_body)), "utf-8"
        return ErrorResolution(response_action=ResponseAction.FAIL, failure_type=FailureType.system_error)


def _retry(message: str) -> ErrorResolution:
    return ErrorResolution(ResponseAction.RETRY, FailureType.transient_error, message)


def read_body(response: requests.Response, seconds: float) -> bytes:
    """The body of a response that has not been read.

    Raises:
        InvalidResponseError: It breaks off, or takes longer than `seconds` to come. The time-out of a socket counts
            from each byte to the next, so a body that drips would never end.
    """
    deadline = time.monotonic() + seconds
    parts = []
    try:
        while part := response.raw.read1(_READ_SIZE, decode_content=True):
            parts.append(part)
            if time.monotonic() > deadline:
                response.close()
                raise InvalidResponseError(f"took more than {seconds:.0f} seconds to send a response", timed_out=True)
    except urllib3.exceptions.ReadTimeoutError as error:
        raise InvalidResponseError("stopped in the middle of a response", timed_out=True) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise InvalidResponseError("broke the connection in the middle of a response") from error
    return b"".join(parts)


def parse_body(body: bytes) -> Any:
    """The JSON document in a body, as `split_page` returns it. Raises InvalidResponseError: there is none."""
    try:
        return split_page(body)
    except (ValueError, RecursionError) as error:
        # Only a page is quoted: half of a document may hold what customers wrote.
        quoted = f" but a page that says: {error_text(body)}" if body.lstrip().startswith(b"<") else ""
        raise InvalidResponseError(
            f"responded with something that is not JSON{quoted}. Check that 'API URL' is Gleap's "
            "(https://api.gleap.io/v3 or https://api.us.gleap.ai/v3) and not that of a web page or a proxy"
        ) from error


_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HASH = re.compile(r"(gleapHash\W{1,6})[^\s\"'&,;}<]+", re.IGNORECASE)


def error_text(body: bytes) -> str:
    """The message in a body, whatever it is - JSON, text, HTML, nothing -, in one line, shortened, secrets masked."""
    response = requests.Response()
    response.raw, response.status_code = io.BytesIO(body), requests.codes.bad_request
    try:
        found = JsonErrorMessageParser().parse_response_error_message(response)
    except (ValueError, RecursionError):
        found = None
    text = found or body.decode("utf-8", "replace")
    if "<" in text:
        text = html.unescape(_MARKUP.sub(" ", text))
    text = _CONTROL.sub(" ", text)
    text = " ".join(_HASH.sub(r"\1****", filter_secrets(text)).split())
    return text[:_MAX_ERROR_CHARACTERS] + " ..." if len(text) > _MAX_ERROR_CHARACTERS else text or "nothing"
