"""Whether what came is an answer, and the document or the complaint in it.

With `StreamedAnswer` as its decoder a request returns as soon as the headers are there. `AnswerReader`, the first of
its error handlers, reads the rest: within a time limit, and while the request can still be tried again.
"""

import html
import json
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

_BYTES_OF_A_READ = 1 << 20
_CHARACTERS_SHOWN = 300


@dataclass
class StreamedAnswer(JsonDecoder):
    """Has the body left unread when the error handlers are asked, which then hold the answer to its time limit.

    The CDK also prints the bodies of other answers in its debug log, and with them every `gleapHash`. It is a
    JsonDecoder because the CDK allows pages in no other format.
    """

    parameters: InitVar[Mapping[str, Any]]

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        pass

    def is_stream_response(self) -> bool:
        return True

    def decode(self, response: requests.Response) -> DECODER_OUTPUT_TYPE:
        yield response.gleap_body  # type: ignore[attr-defined] # set by AnswerReader


@dataclass
class AnswerReader(ErrorHandler):
    """Reads an answer to its end and hands it on; an answer that is not whole, or is no JSON, is to be asked for again.

    - A good answer: its document is kept on the response as `gleap_body`.
    - One that breaks off, comes too slowly, or is no JSON: RETRY; what is wrong is kept as `gleap_defect`.
    - An answer with an error status is for the handlers that come after this one. Gleap documents no form of an error's
      body; here it becomes `{"status": 400, "message": "..."}`, whatever it was, so that messages can quote it.
      Secrets in it are masked: the CDK prints it.

    Put first in a CompositeErrorHandler: its handlers are asked in turn until one does not fail, and `max_retries` and
    the backoff strategies are taken from the first.

    :param seconds: how long the body may take to come, from the headers on
    :param max_retries: how often the CDK may retry; more often than `backoff_strategies` have the patience for
    :param max_time: for how many seconds the CDK may retry; longer than these have the patience for
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
            return _retry(f"No answer: {type(response).__name__}")
        try:
            read_whole(response, self.seconds)
            if response.ok:
                response.gleap_body = document(response)  # type: ignore[attr-defined]
                response._content = b""  # as large again, and of no more use
        except DefectiveAnswerError as error:
            response.gleap_defect = error  # type: ignore[attr-defined]
            return _retry(str(error))
        if response.ok:
            return SUCCESS_RESOLUTION
        complaint = {"status": response.status_code, "message": said(response)}
        response._content, response.encoding = orjson.dumps(complaint), "utf-8"
        return ErrorResolution(response_action=ResponseAction.FAIL, failure_type=FailureType.system_error)


class DefectiveAnswerError(Exception):
    """An answer that cannot be used.

    :param what: what is wrong with it, as the end of the sentence "Gleap ..."
    :param is_slow: it took minutes to find that out
    """

    def __init__(self, what: str, is_slow: bool = False) -> None:
        super().__init__(what)
        self.is_slow = is_slow


def _retry(message: str) -> ErrorResolution:
    return ErrorResolution(ResponseAction.RETRY, FailureType.transient_error, message)


def read_whole(response: requests.Response, seconds: float) -> None:
    """Reads the body, unless that has been done.

    Raises DefectiveAnswerError: it breaks off, or takes longer than `seconds` to come.
    The time-out of a socket counts from each byte to the next, so a body that drips would never end.
    """
    if response._content_consumed:  # type: ignore[attr-defined]
        return
    deadline = time.monotonic() + seconds
    parts = []
    try:
        while part := response.raw.read1(_BYTES_OF_A_READ, decode_content=True):
            parts.append(part)
            if time.monotonic() > deadline:
                response.close()
                raise DefectiveAnswerError(f"took more than {seconds:.0f} seconds to send an answer", is_slow=True)
    except urllib3.exceptions.ReadTimeoutError as error:
        raise DefectiveAnswerError("stopped in the middle of an answer", is_slow=True) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise DefectiveAnswerError("broke the connection in the middle of an answer") from error
    response._content = b"".join(parts)
    response._content_consumed = True  # type: ignore[attr-defined]


def document(response: requests.Response) -> Any:
    """The JSON document in a body. Raises DefectiveAnswerError: there is none."""
    try:
        return parse(response.content)
    except (ValueError, RecursionError) as error:
        # Only a page is quoted: half of a document may hold what customers wrote.
        is_page = response.content.lstrip().startswith(b"<")
        quoted = f" but a page that says: {said(response)}" if is_page else ""
        raise DefectiveAnswerError(
            f"answered with something that is not JSON{quoted}. Check that 'API URL' is Gleap's "
            "(https://api.gleap.io/v3 or https://api.us.gleap.ai/v3) and not that of a web page or a proxy"
        ) from error


_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HASH = re.compile(r"(gleapHash\W{1,6})[^\s\"'&,;}<]+", re.IGNORECASE)


def said(response: requests.Response) -> str:
    """What a body says, whatever it is - JSON, text, HTML, nothing -, in one line, shortened, secrets masked."""
    try:
        found = JsonErrorMessageParser().parse_response_error_message(response)
    except (ValueError, RecursionError):
        found = None
    text = found or response.content.decode("utf-8", "replace")
    if "<" in text:
        text = html.unescape(_MARKUP.sub(" ", text))
    text = _CONTROL.sub(" ", text)
    text = " ".join(_HASH.sub(r"\1****", filter_secrets(text)).split())
    return text[:_CHARACTERS_SHOWN] + " ..." if len(text) > _CHARACTERS_SHOWN else text or "nothing"


_DIGITS_OF_AN_INTEGER = 4300
# Every digit as 0, and all that may stand before a number as a colon.
_TO_ITS_SHAPE = bytes.maketrans(b"123456789,[ \t\r\n-", b"000000000:::::::")
_LONG_INTEGER = b":" + 19 * b"0"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse(body: bytes) -> Any:
    """The document in `body`, its text fit for a database and its digits intact.

    orjson is fast, but refuses half a surrogate pair - into which JavaScript cuts an emoji - and rounds
    integers above 64 bits. The few pages that hold either, or a NUL, take the slow way: lone surrogates
    become U+FFFD, NUL is dropped, integers keep their digits.

    Raises ValueError, or RecursionError: the body is no JSON, or nested deeper than Python can follow.
    """
    if b"\\u0000" not in body and not has_long_integer(body):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass
    text = body.decode("utf-8-sig", "replace")
    return storable(
        json.loads(text, strict=False, parse_int=_integer, parse_float=_number, parse_constant=lambda _: None)
    )


def _integer(digits: str) -> int | str:
    # Python refuses to convert more digits than that, because it takes it so long.
    return int(digits) if len(digits) <= _DIGITS_OF_AN_INTEGER else digits


def _number(digits: str) -> float | str:
    return number if abs(number := float(digits)) < float("inf") else digits


def has_long_integer(body: bytes) -> bool:
    """Whether `body` may hold an integer that 64 bits do not. Digits within an id, a hexadecimal text, do not count."""
    return _LONG_INTEGER in body.translate(_TO_ITS_SHAPE)


def storable(value: Any) -> Any:
    """`value` with every text in it, keys included, free of NUL and of lone surrogates."""
    if isinstance(value, str):
        return _UNSTORABLE.sub(lambda found: "" if found[0] == "\0" else "\ufffd", value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value
