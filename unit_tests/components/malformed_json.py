"""JSON that breaks what reads it, as the bytes that Gleap sends, and what a good connector makes of it."""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MEGABYTE = 1_000_000
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(value: Any) -> Any:
    """`value`, a text or a JSON document, as a good connector emits it: any database can store it, digits intact.

    Lone surrogates become U+FFFD, NUL is dropped; two surrogates that meet are one character, as in JSON.
    """
    if isinstance(value, str):
        if value.isascii():
            return value.replace("\0", "")
        joined = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return _LONE_SURROGATE.sub("\ufffd", joined).replace("\0", "")
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    return value


def loads(text: str) -> Any:
    """`text` as JSON, its NaN and infinities null, and as texts the numbers that Python refuses."""
    return json.loads(text, strict=False, parse_constant=lambda _: None, parse_int=_integer, parse_float=_number)


def json_column(value: Any) -> Any:
    """What a JSON column reads back as that holds `value`: a text means the JSON in it, or itself if it is none."""
    if not isinstance(value, str):
        return value
    try:
        read = clean(loads(value))
    except ValueError:
        return value
    return value if read is None and value.strip() != "null" else read


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= 4300 else digits


def _number(digits: str) -> float | str:
    return digits if math.isinf(number := float(digits)) else number


@dataclass(frozen=True)
class Sent:
    """A value: the bytes of it, and what a JSON field reads back as. None: the field is left out."""

    json: bytes
    means: Any

    def __repr__(self) -> str:
        return f"Sent({self.json[:200]!r})"


def plain(value: Any) -> Sent:
    """A value that Python can write, lone surrogates and NUL included."""
    return Sent(json.dumps(value, allow_nan=False).encode(), clean(value))


def array(items: Iterable[Sent]) -> Sent:
    items = list(items)
    return Sent(b"[%b]" % b",".join(item.json for item in items), [item.means for item in items])


def obj(members: Iterable[tuple[Sent, Sent]]) -> Sent:
    """An object; of members with the same key the last one counts, as in JavaScript."""
    members = list(members)
    text = b",".join(b"%b:%b" % (key.json, value.json) for key, value in members)
    return Sent(b"{%b}" % text, {key.means: value.means for key, value in members})


def _nested(depth: int, opening: bytes, closing: bytes) -> Sent:
    text = opening * depth + b"1" + closing * depth
    return Sent(text, json.loads(text))


def _digits(count: int) -> bytes:
    return (b"1234567890" * (count // 10 + 1))[:count]


# By what is wrong with them.
VALUES: dict[str, Sent] = {
    "null": plain(None),
    "true": plain(True),
    "zero": plain(0),
    "a fraction": plain(-0.5),
    "an empty text": plain(""),
    "a text that is none of JSON": plain("skipped"),
    "a text of JSON": plain('{"a": ["cut \\ud83d", 1e999, NaN], "b\\u0000": "\\u0000", "c": null}'),
    "a text of JSON that is cut": plain('{"a": [1, '),
    "a text of null": plain("null"),
    "an empty list": plain([]),
    "an empty object": plain({}),
    "a list in a list": plain([[], [[]], {}, None]),
    "200 lists deep": _nested(200, b"[", b"]"),
    "200 objects deep": _nested(200, b'{"id":', b"}"),
    "200 objects deep, and a NUL": array([_nested(200, b'{"":', b"}"), plain("\0")]),
    "a megabyte of text": plain("x" * MEGABYTE),
    "a megabyte of other letters": Sent(
        b'"%b"' % ("é👋\u2028" * (MEGABYTE // 9)).encode(), "é👋\u2028" * (MEGABYTE // 9)
    ),
    "half an emoji": plain(["cut \ud83d", {"cut \ud83d": "\ude00 rest"}]),
    "half an emoji as a text": plain("\ud83d"),
    "two halves in the wrong order": plain("\ude00\ud83d"),
    "NUL": plain({"a\0b": "\0", "texts": ["\0\0", "a\0"]}),
    "NUL as a text": plain("\0"),
    "an escape that is none": plain("\\u0000 \\ud83d"),
    "line separators": Sent('"a\u2028b\u2029c\x85d\u2028"'.encode(), "a\u2028b\u2029c\x85d\u2028"),
    "an integer above 64 bits": Sent(b"[18446744073709551616,-9223372036854775809]", [2**64, -(2**63) - 1]),
    "unsigned 64 bits": plain(2**64 - 1),
    "an integer of 4300 digits": Sent(_digits(4300), int(_digits(4300))),
    # A number of so many digits is none to Python; as a text it keeps them.
    "an integer of 5000 digits": Sent(b"[-%b]" % _digits(5000), ["-" + _digits(5000).decode()]),
    "a text of 5000 digits": plain(_digits(5000).decode()),
    "beyond double": Sent(b'[1e999,-1E999,{"a":1e+999}]', ["1e999", "-1E999", {"a": "1e+999"}]),
    "beyond double alone": Sent(b"1e999", "1e999"),
    "the smallest double": plain([5e-324, -1.7976931348623157e308]),
    "NaN": Sent(b"NaN", None),
    "NaN and infinity": Sent(b'[NaN,Infinity,-Infinity,{"a":NaN}]', [None, None, None, {"a": None}]),
    "texts like numbers": plain(["NaN", "Infinity", "-inf", "nan", "1e999", "0x10", "1_000", "٣", " 5 ", "true"]),
    "NaN as a text": plain("NaN"),
    "a number with an underscore": plain("1_000"),
    "duplicate keys": Sent(b'{"a":1,"a":{"a":2,"a":[3]},"b":4,"b":5}', {"a": {"a": 2, "a": [3]}, "b": 5}),  # noqa: F601
    "empty keys": plain({"": {"": {"": ""}}}),
    "control characters": Sent(b'"tab\t newline\n bell\x07 \x1f"', "tab\t newline\n bell\x07 \x1f"),
    "a raw NUL": Sent(b'{"a\x00b":"\x00"}', {"ab": ""}),
    "invalid UTF-8": Sent(b'["\xff\xfe","\xc3","\xed\xa0\xbd"]', ["\ufffd\ufffd", "\ufffd", "\ufffd\ufffd\ufffd"]),
    "a date of the year 1": plain("0001-01-01T00:00:00.000Z"),
    "a date of the year 9999": plain("9999-12-31T23:59:59.999Z"),
    "a date beyond the year 9999": plain("+010000-01-01T00:00:00.000Z"),
    "a date of the year 0": plain("0000-01-01T00:00:00.000Z"),
    "a date before the year 1 in UTC": plain("0001-01-01T00:00:00+14:00"),
    "a date without milliseconds": plain("2026-01-02T03:04:05Z"),
    "a date with an offset": plain("2026-01-02T03:04:05.678+02:00"),
    "a date with a decimal comma": plain("2026-01-02T03:04:05,678Z"),
    "a date without colons": plain("2026-01-02T030405.67800Z"),
    "a date of a week": plain("2026-W01-1T03:04:05.678Z"),
    "a date with a zone and Z": plain("2026-01-02T03:04+010000Z"),
    "a date that is none": plain("2026-02-30T00:00:00.000Z"),
    "a moment as a number": plain(1779702842979),
    "a moment before 1970": plain(-1),
    "a moment beyond all calendars": plain(2**70),
    "an empty reference": plain({"id": None, "_id": {}, "$oid": ""}),
    "a reference in a reference": plain({"id": {"_id": {"$oid": "65f0aa11bb22cc33dd44ee01"}}}),
    "a reference beside what is none": plain({"id": ["x"], "_id": "65f0aa11bb22cc33dd44ee01"}),
    "references of all kinds": plain(["a", {"id": "b"}, {"_id": "c"}, {}, None, "", 5, ["d"], True, 1.5]),
}
