"""From an answer of Gleap to its rows, and from a row to a record of declared types."""

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import datetime, timezone
from typing import Any

import orjson
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.extractors.record_extractor import RecordExtractor
from airbyte_cdk.sources.declarative.extractors.type_transformer import TypeTransformer
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

LOGGER = logging.getLogger("airbyte")

CURSOR_FALLBACK = "_cursor_fallback"

Row = dict[str, Any]
Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class PageKeys:
    """What the paginator needs to know of an answer.

    :param keys: id and cursor of every item, in place. One that was left out has a key of its own: it takes up a place
        that an offset counts.
    :param total: how many rows the query matches, if the endpoint is known to say so
    """

    keys: Sequence[tuple[str, str | None]]
    total: int | None = None


@dataclass
class GleapRecordExtractor(RecordExtractor):
    """Finds the rows of an answer and gives each its `id` and its cursor.

    Input: the response of a list endpoint, `[row, ...]` or `{"<one of list_keys>": [row, ...]}`; half
    of the endpoints publish no response schema (API.md 3.5, 3.6), so the envelope is looked for.
    Output: the rows, each with

    - `id`: the text of `id`, else of `_id`; Gleap sends `id` always and `_id` only sometimes (API.md 4);
    - `updatedAt`: the first date among `cursor_fields`, as `YYYY-MM-DDTHH:mm:ss.sssZ`, so that text
      compares as time does. A row with no date at all goes without. Where it is not the first of the fields,
      `_cursor_fallback` names it: Gleap filters by a date that it does not show.

    What is no object, or has neither `id` nor `_id`, cannot be stored under a key and is left out.
    The keys are kept on the response as `gleap_page` for the paginator, because parsing is the largest part of a read.

    Raises AirbyteTracedException (system): the answer holds no list. An empty page instead would end the stream
    without a word.
    """

    parameters: InitVar[Mapping[str, Any]]
    list_keys: list[str] = field(default_factory=list)
    cursor_fields: list[str] = field(default_factory=lambda: ["updatedAt", "createdAt"])
    total_key: str | None = None

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        pass

    def extract_records(self, response: requests.Response) -> Iterable[Row]:
        if not response.ok:  # error handlers let these pass, without rows
            return []
        body = response.gleap_body  # type: ignore[attr-defined] # set by AnswerReader
        del response.gleap_body  # type: ignore[attr-defined]
        found = find_list(body, self.list_keys)
        rows = [row for row in found if isinstance(row, dict) and self._key(row)]
        if len(rows) < len(found):
            LOGGER.warning(
                f"{len(found) - len(rows)} of {len(found)} items of an answer have no id and cannot be stored; "
                "they were left out."
            )
        total = body.get(self.total_key) if self.total_key and isinstance(body, dict) else None
        keys = [(row["id"], row["updatedAt"]) for row in map(_in_place, found)]
        response.gleap_page = PageKeys(keys, total if type(total) is int else None)  # type: ignore[attr-defined]
        return _released(rows)

    def _key(self, row: Row) -> bool:
        key = row.get("id")
        row["id"] = key = key if type(key) is str and key else reference(row)
        for name in self.cursor_fields:
            if date := utc_milliseconds(row.get(name)):
                if name != self.cursor_fields[0]:
                    row[CURSOR_FALLBACK] = name
                row["updatedAt"] = date
                break
        else:
            row["updatedAt"] = None
        return key is not None


def _in_place(item: Any) -> Row:
    """`item`, or for one without an id a row that is the same whenever the item comes again."""
    if isinstance(item, dict):
        return item if item["id"] else {**item, "id": f"none: {hash(text(item))}"}
    return {"id": f"none: {hash(text(item))}", "updatedAt": None}


def _released(rows: list[Row]) -> Iterable[Row]:
    """The rows, each let go of as soon as it is taken: what has been emitted need not wait for the rest of its page."""
    rows.reverse()
    while rows:
        yield rows.pop()


@dataclass
class DeclaredTypes(TypeTransformer):
    """Turns a row into a record that holds the declared fields only, each of its declared type.

    Input: a row, and the JSON schema of its stream. Output: the same dictionary, rewritten in place.
    The schema's own keywords say how a value is read:

    | schema of the field                            | from                          | to                          |
    |------------------------------------------------|-------------------------------|-----------------------------|
    | `string`, `x-references: <stream>`             | an id, or the record it names | the id                      |
    | `string`, `contentMediaType: application/json` | any JSON                      | compact JSON text           |
    | `string`, `format: date-time`                  | an ISO 8601 date, or epoch ms | UTC with milliseconds, `Z`  |
    | `string`                                       | text, number, anything else   | text, its digits, JSON text |
    | `integer`, `number`, `boolean`                 | what means one                | one                         |
    | `array`                                        | a list, or a single item      | the items that can be read  |

    `x-sources: [...]` names the fields of Gleap's to read where they differ from the declared name.
    A value that cannot be read is left out, which is null to a destination, and reported by field and type: the
    value may be a customer's. The source counts these reports.

    :param name: the stream's, for that report
    """

    parameters: InitVar[Mapping[str, Any]]
    name: str = ""
    # No state of a read: a plan follows from the schema.
    _plans: dict[int, tuple[Mapping[str, Any], "Plan"]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        pass

    def transform(self, record: Row, schema: Mapping[str, Any]) -> None:
        row = record.copy()
        record.clear()
        for name, source, others, exact_type, convert in self._plan(schema):
            value = row.get(source)
            if value is None and others:
                value = next((row[other] for other in others if row.get(other) is not None), None)
            if value is None:
                continue
            if type(value) is not exact_type:
                sent = value
                value = convert(sent)
                if value is None or type(value) is list:
                    self._report_loss(name, sent, value)
                    if value is None:
                        continue
            record[name] = value

    def _plan(self, schema: Mapping[str, Any]) -> "Plan":
        # Keyed by identity for speed, with the schema kept so that no other object can take its identity.
        known = self._plans.get(id(schema))
        if known is None:
            known = self._plans[id(schema)] = (schema, plan(schema))
        return known[1]

    def _report_loss(self, name: str, sent: Any, converted: list[Any] | None) -> None:
        if converted is None:
            is_lost = sent not in ({}, [], "")
        else:
            is_lost = isinstance(sent, list) and len(converted) + sent.count(None) < len(sent)
        if is_lost:
            kind = type(sent).__name__
            LOGGER.warning(
                f"Stream {self.name}: the field {name} came as {kind}, which cannot be read as its declared type; it "
                "is left empty.",
                extra={"gleap_unreadable": (self.name, name, kind)},
            )


Plan = list[tuple[str, str, Sequence[str], type | None, Convert]]


def plan(schema: Mapping[str, Any]) -> Plan:
    """For each declared field: its name, the field of the row to read and those to read if there is nothing in it, the
    type that needs no conversion, and the conversion."""
    fields = []
    for name, declared in schema["properties"].items():
        source, *others = declared.get("x-sources", [name])
        fields.append((name, source, others, *_conversion(declared)))
    return fields


def _conversion(declared: Mapping[str, Any]) -> tuple[type | None, Convert]:
    kind = next(kind for kind in declared["type"] if kind != "null")
    if kind == "array":
        exact, convert = _conversion(declared["items"])
        return None, lambda value: _list_of(value, exact, convert)
    if declared.get("format") == "date-time":
        return None, utc_milliseconds
    if "x-references" in declared:
        return None, reference
    return _EXACT[kind], _CONVERT[kind]


def _list_of(value: Any, exact: type | None, convert: Convert) -> list[Any]:
    items = value if isinstance(value, list) else [value]
    if all(type(item) is exact for item in items):
        return items
    read = (item if type(item) is exact else convert(item) for item in items if item is not None)
    return [item for item in read if item is not None]


def text(value: Any) -> str | None:
    """`value` as text: itself if it is text, else compact JSON in which texts and digits are as Gleap sent them.

    None if it is nested deeper than Python can follow, some 900 times.
    """
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # an integer above 64 bits, or nested more than 254 times
        pass
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return None


def integer(value: Any) -> int | None:
    """The 64-bit integer that a boolean, number or text means; None if it means none."""
    if type(value) is int:
        return value if -(2**63) <= value < 2**63 else None
    try:
        whole = int(value)
        if isinstance(value, float) and whole != value:
            return None
    except (TypeError, ValueError, OverflowError):
        as_number = number(value)
        if as_number is None or not as_number.is_integer():
            return None
        whole = int(as_number)
    return whole if -(2**63) <= whole < 2**63 else None


def number(value: Any) -> float | None:
    """The finite number that a boolean, number or text means; None if it means none."""
    try:
        read = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return read if abs(read) < float("inf") else None


def boolean(value: Any) -> bool | None:
    """`true` for 1, "true", and their like, `false` for 0, "false", and theirs; None for what is neither."""
    if isinstance(value, (dict, list)):
        return None
    return {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}.get(str(value).lower())


def reference(value: Any) -> str | None:
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
_CONVERT: dict[str, Convert] = {"string": text, "integer": integer, "number": number, "boolean": boolean}

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,9}))?)? ?(?:[zZ]|([+-]\d\d):?(\d\d)?)?", re.ASCII
)


def utc_milliseconds(value: Any) -> str | None:
    """`value` as `YYYY-MM-DDTHH:mm:ss.sssZ`, the form of Gleap's dates (API.md 4.7); None if it is no date.

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


def find_list(body: Any, keys: Sequence[str]) -> Sequence[Any]:
    """The list of rows in `body`: `body` itself, or what is under the first of `keys` that holds a list.

    A null instead of the list means no rows. Raises AirbyteTracedException (system): there is no list.
    """
    if isinstance(body, list):
        return body
    if isinstance(body, dict):
        candidates = [body[key] for key in keys if key in body]
        for candidate in candidates:
            if isinstance(candidate, list):
                return candidate
        if candidates and not any(candidates):
            return []
        seen = f"an object with the keys {[key[:50] for key in sorted(body)[:20]]}"
    else:
        seen = "nothing" if body is None else f"a {type(body).__name__}"
    raise AirbyteTracedException(
        message=f"Gleap's answer holds no list of records, but {seen}. The stream was stopped, so that nothing is "
        "missed in silence. Please report this to the maintainers of the connector.",
        internal_message=f"expected a list, or one under any of {keys}",
        failure_type=FailureType.system_error,
    )
