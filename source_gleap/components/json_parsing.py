"""Parses JSON so that any database can store it, with every digit that was sent."""

import json
import re
from typing import Any

import orjson

# Python refuses to convert longer texts to integers, because it takes so long.
_MAX_INTEGER_DIGITS = 4300
# Every digit as 0, and all that may stand before a number as a colon.
_TO_SHAPE = bytes.maketrans(b"123456789,[ \t\r\n-", b"000000000:::::::")
_LONG_INTEGER = b":" + 19 * b"0"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse_json(body: bytes) -> Any:
    """The document in `body`, its text fit for a database and its digits intact.

    orjson is fast, but refuses half a surrogate pair - into which JavaScript cuts an emoji - and rounds integers above
    64 bits. The few pages that hold either, or a NUL, are parsed by Python: lone surrogates become U+FFFD, NUL is
    dropped, integers keep their digits.

    Raises:
        ValueError: The body is no JSON.
        RecursionError: It is nested deeper than Python can follow.
    """
    if b"\\u0000" not in body and not has_long_integer(body):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass
    text = body.decode("utf-8-sig", "replace")
    return sanitize(
        json.loads(text, strict=False, parse_int=_integer, parse_float=_number, parse_constant=lambda _: None)
    )


def has_long_integer(body: bytes) -> bool:
    """Whether `body` may hold an integer that 64 bits do not. Digits within an id, a hexadecimal text, do not count."""
    return _LONG_INTEGER in body.translate(_TO_SHAPE)


def sanitize(value: Any) -> Any:
    """`value` with every text in it, keys included, free of NUL and of lone surrogates."""
    if isinstance(value, str):
        return _UNSTORABLE.sub(lambda found: "" if found[0] == "\0" else "\ufffd", value)
    if isinstance(value, list):
        return [sanitize(item) for item in value]
    if isinstance(value, dict):
        return {sanitize(key): sanitize(item) for key, item in value.items()}
    return value


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MAX_INTEGER_DIGITS else digits


def _number(digits: str) -> float | str:
    return number if abs(number := float(digits)) < float("inf") else digits
