"""Gleap's query language, as far as it is known: that of the npm library api-query-params (docs/API.md 2.1).

`parse` takes a query string as it was sent; `matcher` tells whether a record is found. A parameter that is not
reserved is a filter on a property of that name, so a parameter that nobody knows finds nothing.

How Gleap decodes a query before that is known from one fact: a client in production got 409 CastError for a date whose
colons were percent-encoded, while `%3E` before the first `=` worked (docs/API.md 2.1). The strict reading explains it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from operator import methodcaller
from typing import Any, Literal
from urllib.parse import unquote

import orjson

# Of the library itself (2.1). `fields` and `populate` are accepted and not honoured: whether Gleap does is unknown.
RESERVED = frozenset({"skip", "limit", "sort", "filter", "fields", "populate"})

# Properties that are absent rather than false (docs/API.md 4), of all collections; `=false` finds them absent, too.
FLAGS = frozenset(
    {
        "archived",
        "isSpam",
        "hidden",
        "conversationClosed",
        "hasAgentReply",
        "noHumanInteraction",
        "slaBreached",
        "snoozed",
    }
    | {"blocked", "unsubscribed", "emailOnly", "selectOnlyOnlineMembers", "limitTicketAmount", "read"}
    | {"bot", "isNote", "isReply", "kaiChat", "sendToChannel", "sessionNotificationsUnread"}
)

# Properties that hold dates, of all collections (docs/API.md 4).
DATES = frozenset(
    {"createdAt", "updatedAt", "closedAt", "archivedAt", "dueDate", "firstAssignmentAt", "lastNotification"}
    | {"snoozedUntil", "unsubscribedAt", "firstActivity", "lastActivity", "lastHeardFrom", "lastFeedbackReport"}
    | {"startSendingAfter", "stopSendingAfter"}
)

Filters = Mapping[str, Mapping[str, Any]]
Reading = Literal["strict", "lenient"]

_OPERATORS = {"=": "$eq", "!=": "$ne", ">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte", "": "$exists"}
_PART = re.compile(r"(!?)([^><!=]+)([><]=?|!?=|)(.*)", re.DOTALL)
# What decodeURI leaves encoded are the characters ; / ? : @ & = + $ , and #.
_ENCODED = re.compile(r"(?:%(?!3B|2F|3F|3A|40|26|3D|2B|24|2C|23)[\dA-F]{2})+", re.ASCII | re.IGNORECASE)
_MALFORMED = re.compile(r"%(?![\dA-F]{2})", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d)?(?:\.(\d+))?(?:(Z)|([+-]\d\d):?(\d\d))?)?", re.ASCII)


class Moment(str):
    """A date in the form in which Gleap stores and sends dates, `YYYY-MM-DDTHH:mm:ss.sssZ`: it sorts as time does."""


class CastError(Exception):
    """A filter on a date has a value that is no date.

    :param path: the property
    """

    def __init__(self, path: str, value: Any) -> None:
        kind = _TYPES_OF_JAVASCRIPT.get(type(value), "Object")
        super().__init__(f'Cast to date failed for value "{value}" (type {kind}) at path "{path}"')


@dataclass(frozen=True)
class Query:
    """A parsed query string.

    :param filters: for each property its conditions, `{"updatedAt": {"$gte": Moment(...)}}`
    :param sort: properties, each with 1 for ascending or -1 for descending
    :param skip: rows to leave out, 0 if it is no number
    :param limit: rows to send; None if not sent, 0, or no number
    :param own: the endpoint's own parameters, as sent
    :param names: of all parameters, decoded
    """

    filters: Filters = field(default_factory=dict)
    sort: tuple[tuple[str, int], ...] = ()
    skip: int = 0
    limit: int | None = None
    own: Mapping[str, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset()


def parse(query_string: str, own: Iterable[str] = (), reading: Reading = "strict") -> Query:
    """The meaning of a query string, by the table of docs/API.md 2.1.

    :param own: names of parameters that this endpoint knows and does not take for filters
    :param reading: how names and values are decoded
    Raises ValueError: the query cannot be decoded, `filter` is no JSON object, or a key has no name.
    """
    params = decode_strictly(query_string) if reading == "strict" else decode_leniently(query_string)
    own = frozenset(own)
    filters: dict[str, dict[str, Any]] = _from_json(params.get("filter", ""))
    for name, text in params.items():
        if name not in RESERVED and name not in own:
            _add(filters, name, text)
    return Query(
        filters=filters,
        sort=tuple(
            (part.lstrip("+- "), -1 if part.startswith("-") else 1)
            for part in params.get("sort", "").split(",")
            if part
        ),
        skip=_count(params.get("skip")) or 0,
        limit=_count(params.get("limit")) or None,
        own={name: text for name, text in params.items() if name in own},
        names=frozenset(params),
    )


def decode_strictly(query_string: str) -> dict[str, str]:
    """Names and texts of the parameters of a query that is decoded by JavaScript's decodeURI, then split.

    `%3A`, `%2C`, `%3D`, `%2B`, `%26`, `%2F`, `%3B`, `%3F`, `%40`, `%24` and `%23` stay as they are. A name that comes
    twice is an array, printed with commas.
    Raises ValueError: a percent sign without two hexadecimal digits, or bytes that are no UTF-8.
    """
    if _MALFORMED.search(query_string):
        raise ValueError("URI malformed")
    values: dict[str, str] = {}
    for part in _ENCODED.sub(_decoded, query_string).split("&"):
        if part:
            name, _, value = part.partition("=")
            values[name] = f"{values[name]},{value}" if name in values else value
    return values


def _decoded(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("%", "")).decode()


def decode_leniently(query_string: str) -> dict[str, str]:
    """Names and texts of the parameters, as the library `qs` of Express reads them and JavaScript prints them.

    A name that comes twice, or with `[]`, is an array, printed with commas; `name[key]` is an object, printed as
    `[object Object]`.
    """
    values: dict[str, str] = {}
    for part in query_string.split("&"):
        if not part:
            continue
        raw_name, _, raw_value = part.partition("=")
        name, value = (unquote(text.replace("+", " "), errors="replace") for text in (raw_name, raw_value))
        bare, bracket, key = name.partition("[")
        if bare and bracket and key.endswith("]"):
            if key != "]":
                values[bare] = "[object Object]"
                continue
            name = bare
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def matcher(filters: Filters) -> Callable[[Mapping[str, Any]], bool]:
    """Tells of a document whether it meets every condition of `filters`. Dates compare to the millisecond."""
    conditions = [
        (_getter(name), operator, value, name) for name, asked in filters.items() for operator, value in asked.items()
    ]

    def matches(document: Mapping[str, Any]) -> bool:
        for get, operator, value, name in conditions:  # noqa: SIM110 # `all` of a generator is slower
            if not _meets(get(document), operator, value, name):
                return False
        return True

    return matches


def check_dates(filters: Filters) -> None:
    """Raises CastError: a condition on a date has a value that is neither a date nor null, as Mongoose does."""
    for name in DATES & filters.keys():
        for operator, value in filters[name].items():
            for item in value if isinstance(value, list) else [value]:
                if operator != "$exists" and item is not None and not isinstance(item, Moment):
                    raise CastError(name, item)


def value_of(text: str) -> Any:
    """What the library makes of the text of a value: a boolean, null, number, date, text, or list of these."""
    if "," in text:
        return [value_of(part) for part in text.split(",")]
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return moment(text) or text


def moment(text: str) -> Moment | None:
    """`text` as a date, microseconds cut off, a date alone taken as midnight UTC; None if it is no ISO 8601 date."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    day, minutes, seconds, fraction, _, hours_off, minutes_off = found.groups()
    zone = f"{hours_off}:{minutes_off}" if hours_off else "+00:00"
    try:
        at = datetime.fromisoformat(f"{day}T{minutes or '00:00'}{seconds or ':00'}.{(fraction or '0'):0<3.3}{zone}")
    except ValueError:
        return None
    return Moment(at.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z")


_TYPES_OF_JAVASCRIPT = {str: "string", int: "number", float: "number", bool: "boolean"}
_WORDS = {"true": True, "false": False, "null": None}


def _add(filters: dict[str, dict[str, Any]], name: str, text: str) -> None:
    found = _PART.match(f"{name}={text}" if text else name)
    if not found:
        raise ValueError(f"cannot read the parameter {name!r}")
    negation, key, sign, rest = found.groups()
    operator, value = _OPERATORS[sign], value_of(rest)
    conditions = filters.setdefault(key, {})
    if isinstance(value, list) and operator != "$exists":
        conditions["$nin" if operator == "$ne" else "$in"] = value
    elif operator == "$exists":
        conditions["$exists"] = not negation
    elif operator == "$eq":
        filters[key] = {"$eq": value}
    else:
        conditions[operator] = value


def _from_json(text: str) -> dict[str, dict[str, Any]]:
    if not text:
        return {}
    given = orjson.loads(text)
    if not isinstance(given, dict):
        raise ValueError("filter is no JSON object")
    filters: dict[str, dict[str, Any]] = {}
    for key, conditions in given.items():
        if not (isinstance(conditions, dict) and conditions and all(name.startswith("$") for name in conditions)):
            conditions = {"$eq": conditions}
        filters[key] = {operator: _cast(value) for operator, value in conditions.items()}
    return filters


def _cast(value: Any) -> Any:
    # Mongoose casts the texts of a filter to the types of the document.
    if isinstance(value, list):
        return [_cast(item) for item in value]
    return (moment(value) or value) if isinstance(value, str) else value


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def _getter(name: str) -> Callable[[Mapping[str, Any]], Any]:
    first, *others = ("id" if name == "_id" else name).split(".")
    if not others:
        return methodcaller("get", first)

    def get(document: Mapping[str, Any]) -> Any:
        value = document.get(first)
        for key in others:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    return get


def _meets(found: Any, operator: str, value: Any, name: str) -> bool:
    if operator == "$eq":
        return _equals(found, value, name)
    if operator == "$ne":
        return not _equals(found, value, name)
    if operator == "$in":
        return any(_equals(found, item, name) for item in value)
    if operator == "$nin":
        return not any(_equals(found, item, name) for item in value)
    if operator == "$exists":
        return (found is not None) is bool(value)
    if operator not in ("$gt", "$gte", "$lt", "$lte"):
        raise ValueError(f"unknown operator {operator}")
    return any(_compares(item, operator, value) for item in (found if isinstance(found, list) else [found]))


def _equals(found: Any, value: Any, name: str) -> bool:
    if isinstance(found, list) and not isinstance(value, list):
        return any(_equals(item, value, name) for item in found)
    if value is False and found is None:
        return name in FLAGS
    if isinstance(found, bool) or isinstance(value, bool):
        return found is value
    if isinstance(found, str) and isinstance(value, (int, float)):
        return found == str(value)  # the library makes a number of "123", Mongoose a text again
    return bool(found == value)


def _compares(found: Any, operator: str, value: Any) -> bool:
    # MongoDB compares values of one type only: a date is neither more nor less than a text that is no date.
    if isinstance(found, str) and isinstance(value, str):
        if isinstance(value, Moment) != (len(found) == 24 and found[10] == "T" and found[23] == "Z"):
            return False
    elif not (_is_number(found) and _is_number(value)):
        return False
    if operator == "$gt":
        return bool(found > value)
    if operator == "$gte":
        return bool(found >= value)
    return bool(found < value) if operator == "$lt" else bool(found <= value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
