"""Schema normalization: from a row to a record of declared types."""

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import datetime, timezone
from typing import Any, NamedTuple

import msgspec
import orjson
from airbyte_cdk.sources.declarative.extractors.type_transformer import TypeTransformer

from source_gleap.components.json_parsing import parse_json, parse_raw

LOGGER = logging.getLogger("airbyte")

Convert = Callable[[Any], Any]


@dataclass
class SchemaNormalizer(TypeTransformer):
    """Turns a row into a record that holds the declared fields only, each of its declared type.

    Input: a row, its JSON fields parsed or as they were sent, and the JSON schema of its stream. Output: the same
    dictionary, rewritten in place.
    The schema's own keywords say how a value is read:

    | schema of the field                            | from                          | to                          |
    |------------------------------------------------|-------------------------------|-----------------------------|
    | `string`, `x-references: <stream>`             | an id, or the record it names | the id                      |
    | `string`, `contentMediaType: application/json` | any JSON, or any text         | JSON text                   |
    | `string`, `format: date-time`                  | an ISO 8601 date, or epoch ms | UTC with milliseconds, `Z`  |
    | `string`                                       | text, number, anything else   | text, its digits, JSON text |
    | `integer`, `number`, `boolean`                 | what means one                | one                         |
    | `array`                                        | a list, or a single item      | the items that can be read  |

    `x-sources: [...]` names the fields of Gleap's to read where they differ from the declared name.
    A value that cannot be read is left out, which is null to a destination, and reported once by field and type: the
    value may be a customer's.

    Attributes:
        name: The stream's, for that report.
    """

    parameters: InitVar[Mapping[str, Any]]
    name: str = ""
    # Follows from the schema. Keyed by identity for speed, with the schema kept so that no other object can take it.
    _converters: dict[int, tuple[Mapping[str, Any], "Mapping[str, FieldConverter]"]] = field(
        default_factory=dict, init=False, repr=False
    )
    # Only decides whether a line is logged.
    _reported: set[tuple[str, str]] = field(default_factory=set, init=False, repr=False)

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        pass

    def transform(self, record: dict[str, Any], schema: Mapping[str, Any]) -> None:
        converters = self._converters_of(schema)
        row = record.copy()
        record.clear()
        for source, sent in row.items():
            # A row has half of the declared fields, so these are looked up by its own.
            if source not in converters:
                continue
            name, first, others, exact_type, convert = converters[source]
            if others:
                sent = next((row[each] for each in (first, *others) if row.get(each) not in (None, "")), None)
            if sent is None:
                continue
            if type(sent) is exact_type:
                record[name] = sent
                continue
            value = convert(sent)
            if value is None or type(value) is list:
                self._report_loss(name, sent, value)
            if value is not None:
                record[name] = value

    def _converters_of(self, schema: Mapping[str, Any]) -> "Mapping[str, FieldConverter]":
        known = self._converters.get(id(schema))
        if known is None:
            converters = field_converters(schema)
            fallbacks = {fallback: converter for converter in converters for fallback in converter.fallbacks}
            by_source = fallbacks | {converter.source: converter for converter in converters}
            known = self._converters[id(schema)] = (schema, by_source)
        return known[1]

    def _report_loss(self, name: str, sent: Any, converted: list[Any] | None) -> None:
        sent = parse_raw(sent)
        if converted is None:
            is_lost = sent not in (None, {}, [], "")
        else:
            is_lost = isinstance(sent, list) and len(converted) + sent.count(None) < len(sent)
        kind = type(sent).__name__
        if is_lost and (name, kind) not in self._reported:
            self._reported.add((name, kind))
            LOGGER.warning(
                f"Stream {self.name}: the field {name} came as {kind}, which cannot be read as its declared type. "
                "It is left empty wherever that is so."
            )


class FieldConverter(NamedTuple):
    """How a declared field is read from a row.

    Attributes:
        name: The field's.
        source: The field of the row to read.
        fallbacks: Those to read if it is null or an empty text.
        exact_type: The type that needs no conversion; None if all do.
        convert: The conversion. None means that the value cannot be read.
    """

    name: str
    source: str
    fallbacks: Sequence[str]
    exact_type: type | None
    convert: Convert


def field_converters(schema: Mapping[str, Any]) -> list[FieldConverter]:
    """How each declared field of a stream is read."""
    converters = []
    for name, declared in schema["properties"].items():
        source, *fallbacks = declared.get("x-sources", [name])
        converters.append(FieldConverter(name, source, fallbacks, *_conversion(declared)))
    return converters


def types_to_decode(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a row that the declared fields are read from, as `FieldsDecoder` takes them."""
    converters = field_converters(schema)
    unparsed = {each.source for each in converters if each.convert is to_json}
    # Another field may be read from the same one, or from the next if this is null.
    parsed = {
        source
        for each in converters
        for source in (each.source, *each.fallbacks)
        if each.fallbacks or each.convert is not to_json
    }
    return dict.fromkeys(unparsed, msgspec.Raw) | dict.fromkeys(parsed, Any)


def _conversion(declared: Mapping[str, Any]) -> tuple[type | None, Convert]:
    kind = next(kind for kind in declared["type"] if kind != "null")
    if kind == "array":
        exact, convert = _conversion(declared["items"])
        return None, lambda value: _list_of(value, exact, convert)
    if declared.get("format") == "date-time":
        return None, to_utc
    if "x-references" in declared:
        return None, to_id
    if declared.get("contentMediaType") == "application/json":
        return None, to_json
    return _EXACT[kind], _CONVERT[kind]


def _list_of(value: Any, exact: type | None, convert: Convert) -> list[Any]:
    items = value if isinstance(value, list) else [value]
    if all(type(item) is exact for item in items):
        return items
    read = (item if type(item) is exact else convert(item) for item in items if item is not None)
    return [item for item in read if item is not None]


def to_text(value: Any) -> str | None:
    """`value` as text: itself if it is text, else compact JSON in which texts and digits are as Gleap sent them.

    None if it is nested deeper than Python can follow, some 900 times.
    """
    return value if isinstance(value, str) else _dumps(value)


def to_json(value: Any) -> str | None:
    """`value` as JSON text that any database parses: a single text that is none stops each query on its column.

    A list or an object that is still as it was sent stays so. A text that is JSON stays as it is, NUL and lone
    surrogates aside; any other text becomes a JSON string. None if it is null, empty, or nested deeper than Python can
    follow.
    """
    if isinstance(value, msgspec.Raw):
        sent = bytes(value)
        if sent in (b"{}", b"[]"):  # most are
            return sent.decode()
        if sent[:1] in (b"{", b"["):
            try:
                orjson.loads(
                    sent
                )  # refuses what a database may: halves of surrogate pairs, numbers that no double holds
                return sent.decode()
            except orjson.JSONDecodeError:
                pass
        value = parse_json(sent)
        if value is None:
            return None
    if not isinstance(value, str):
        return _dumps(value)
    if not value:
        return None
    try:
        orjson.loads(value)
        if "\\u0000" not in value:
            return value
    except orjson.JSONDecodeError:
        pass
    try:
        read = parse_json(value.encode())
    except (ValueError, RecursionError):
        read = None
    return _dumps(value if read is None else read)


def _dumps(value: Any) -> str | None:
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # an integer above 64 bits, or nested more than 254 times
        pass
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return None


def to_integer(value: Any) -> int | None:
    """The 64-bit integer that a boolean, number or text means; None if it means none."""
    if type(value) is int:
        return value if -(2**63) <= value < 2**63 else None
    try:
        whole = int(value)
        if isinstance(value, float) and whole != value:
            return None
    except (TypeError, ValueError, OverflowError):
        as_number = to_number(value)
        if as_number is None or not as_number.is_integer():
            return None
        whole = int(as_number)
    return whole if -(2**63) <= whole < 2**63 else None


def to_number(value: Any) -> float | None:
    """The finite number that a boolean, number or text means; None if it means none."""
    try:
        read = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return read if abs(read) < float("inf") else None


def to_boolean(value: Any) -> bool | None:
    """`true` for 1, "true", and their like, `false` for 0, "false", and theirs; None for what is neither."""
    if isinstance(value, (dict, list)):
        return None
    return {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}.get(str(value).lower())


def to_id(value: Any) -> str | None:
    """The id that a reference holds: `"a1"`, `{"id": "a1"}`, `{"_id": "a1"}` and `{"$oid": "a1"}` all hold `"a1"`."""
    if type(value) is str:
        return value or None
    candidates = [value]
    while candidates:
        value = candidates.pop()
        if isinstance(value, dict):
            candidates += value.get("$oid"), value.get("_id"), value.get("id")
        elif type(value) is int or (isinstance(value, str) and value):
            return str(value)
    return None


_EXACT: dict[str, type | None] = {"string": str, "integer": None, "number": float, "boolean": bool}
_CONVERT: dict[str, Convert] = {"string": to_text, "integer": to_integer, "number": to_number, "boolean": to_boolean}

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,9}))?)? ?(?:[zZ]|([+-]\d\d):?(\d\d)?)?", re.ASCII
)


def to_utc(value: Any) -> str | None:
    """`value` as `YYYY-MM-DDTHH:mm:ss.sssZ`, the form of Gleap's dates (docs/API.md 4.7); None if it is no date.

    A date without a zone is taken as UTC; a number as milliseconds since 1970, which is what JavaScript means by one.
    """
    try:
        if type(value) is str:
            # Quicker than a pattern. Python would also read a date of a week, or one without colons.
            if len(value) == 24 and value[4:20:3] == "--T::." and value[20:23].isdecimal() and value[23] == "Z":
                datetime.fromisoformat(value[:23])
                return value
            moment = datetime.fromisoformat(_canonical_iso(value))
        elif type(value) in (int, float):
            moment = datetime.fromtimestamp(value / 1000, timezone.utc)
        else:
            return None
        return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    except (ValueError, OverflowError, OSError):
        return None


def _canonical_iso(date: str) -> str:
    # datetime.fromisoformat reads most of ISO 8601 only from Python 3.11 on.
    match = _ISO.fullmatch(date.strip())
    if not match:
        raise ValueError("no ISO 8601 date")
    day, minutes, seconds, fraction, zone_hours, zone_minutes = match.groups()
    zone = f"{zone_hours}:{zone_minutes or '00'}" if zone_hours else "+00:00"
    return f"{day}T{minutes or '00:00'}{seconds or ':00'}.{(fraction or '0').ljust(6, '0')[:6]}{zone}"
