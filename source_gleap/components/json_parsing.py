"""Parses JSON so that any database can store it, with every digit that was sent."""

import json
import re
from collections.abc import Mapping
from typing import Any, TypedDict

import msgspec
import orjson

# Python refuses to convert longer texts to integers, because it takes so long.
_MAX_INTEGER_DIGITS = 4300
# Every digit as 0, and all that may stand before a number as a colon.
_TO_SHAPE = bytes.maketrans(b"123456789,[ \t\r\n-", b"000000000:::::::")
_LONG_INTEGER = b":" + 19 * b"0"
_PAGE_DECODER = msgspec.json.Decoder(list[msgspec.Raw] | dict[str, msgspec.Raw])
_ITEMS_DECODER = msgspec.json.Decoder(list[msgspec.Raw])
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


def split_page(body: bytes) -> Any:
    """The items of the list in `body`, or the members of the object, each as the JSON that was sent: `msgspec.Raw`.

    Only what a stream declares of a row has to become an object of Python; most of a row is not declared. Any other
    document is what `parse_json` returns, as is a page with a NUL or half a surrogate pair.

    Raises:
        ValueError, RecursionError: As `parse_json` does.
    """
    if b"\\u0000" not in body:
        try:
            return _PAGE_DECODER.decode(body)
        except (ValueError, RecursionError):
            pass
    return parse_json(body)


def split_list(value: Any) -> Any:
    """A member of the object of `split_page`: its items as they were sent if it is a list, else the parsed value."""
    if not isinstance(value, msgspec.Raw):
        return value
    sent = bytes(value)
    return _ITEMS_DECODER.decode(sent) if sent.startswith(b"[") else parse_json(sent)


def parse_raw(value: Any) -> Any:
    """`value`, parsed if it is `msgspec.Raw`."""
    return parse_json(bytes(value)) if isinstance(value, msgspec.Raw) else value


def parse_parts(page: Any) -> Any:
    """What `split_page` has returned, with every part of it parsed."""
    if isinstance(page, dict):
        return {name: parse_raw(value) for name, value in page.items()}
    return [parse_raw(item) for item in page] if isinstance(page, list) else page


class FieldsDecoder:
    """Reads some fields of an object. All others cost no memory and little time.

    Args:
        types: By name, `Any` for a field to parse, `msgspec.Raw` for one that stays as it was sent.
    """

    def __init__(self, types: Mapping[str, Any]) -> None:
        self._decoder = msgspec.json.Decoder(TypedDict("Fields", types, total=False))  # type: ignore[operator]

    def decode(self, item: Any) -> Any:
        """Those fields of `item` that it has; `parse_raw(item)` if it is no object, or holds what msgspec refuses."""
        if isinstance(item, msgspec.Raw):
            try:
                return self._decoder.decode(item)
            except (ValueError, RecursionError):
                pass
        return parse_raw(item)


def has_long_integer(body: bytes) -> bool:
    """Whether `body` may hold an integer that 64 bits do not. Digits within an id, a hexadecimal text, do not count."""
    shape = body.translate(_TO_SHAPE)
    return _LONG_INTEGER in shape or shape.startswith(_LONG_INTEGER[1:])


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
