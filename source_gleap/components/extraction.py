"""Record extractor: from a response to rows with an id and a cursor."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from hashlib import sha256
from typing import Any, cast

import msgspec
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.decoders.decoder import Decoder
from airbyte_cdk.sources.declarative.extractors.record_extractor import RecordExtractor
from airbyte_cdk.sources.declarative.schema.schema_loader import SchemaLoader
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.components.json_parsing import FieldsDecoder, parse_parts, parse_raw, split_list
from source_gleap.components.normalization import to_id, to_text, to_utc, types_to_decode
from source_gleap.components.responses import StreamingJsonDecoder, parsed
from source_gleap.components.window_pages import CURSOR_FALLBACK, PageResult

LOGGER = logging.getLogger("airbyte")

Row = dict[str, Any]


@dataclass
class GleapRecordExtractor(RecordExtractor):
    """Finds the rows of a response and gives each its `id` and its cursor.

    Input: the response of a list endpoint, `[row, ...]` or `{"<one of list_keys>": [row, ...]}`. Half of the endpoints
    publish no response schema (docs/API.md 3.5, 3.6), so the envelope is looked for.

    Output: the rows, each with

    - `id`: the text of `id`, otherwise of `_id`; Gleap sends `id` always and `_id` only sometimes (docs/API.md 4);
    - `updatedAt`: the first date among `cursor_fields`, as `YYYY-MM-DDTHH:mm:ss.sssZ`, so that text compares as time
      does. A row with no date at all goes without. Where it is not the first of the fields, `_cursor_fallback` names
      it: Gleap filters by a date that it does not show.

    What is no object, or has neither `id` nor `_id`, cannot be stored under a key and is left out. The keys are kept on
    the response for the pagination strategy, because parsing is the largest part of a read.

    Attributes:
        own_keys: Where the stream's own list may be in an object; the stream's name by default.
        list_keys: Where any list of Gleap's may be in an object.
        cursor_fields: Where the cursor may be in a row.
        total_key: Where the number of all rows is in an object, if the endpoint is known to send it.
        is_single_record: Whether the response is one record, in no envelope.
        hashes_missing_ids: Whether a row without an id gets a hash of itself as its id.
        schema_loader: Declares the fields to read. All are, if there is none.
        decoder: Gives the document of a response, as `split_page` returns it.

    Raises:
        AirbyteTracedException (system): The response holds no list. An empty page would end the stream silently.
    """

    parameters: InitVar[Mapping[str, Any]]
    own_keys: list[str] = field(default_factory=list)
    list_keys: list[str] = field(default_factory=list)
    cursor_fields: list[str] = field(default_factory=lambda: ["updatedAt", "createdAt"])
    total_key: str | None = None
    is_single_record: bool = False
    hashes_missing_ids: bool = False
    schema_loader: SchemaLoader | None = None
    decoder: Decoder = field(default_factory=lambda: StreamingJsonDecoder(parameters={}))

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        if not self.own_keys and "name" in parameters:
            self.own_keys = [parameters["name"]]
        self._fields: FieldsDecoder | None = None
        if self.schema_loader:
            keys = dict.fromkeys(("id", "_id", *self.cursor_fields), Any)
            self._fields = FieldsDecoder(types_to_decode(self.schema_loader.get_json_schema()) | keys)

    def extract_records(self, response: requests.Response) -> Iterable[Row]:
        if not response.ok:  # error handlers let it pass, without rows
            return []
        body = next(iter(self.decoder.decode(response)), None)
        if self.is_single_record:
            items: Sequence[Any] = [_single_record(parse_parts(body))]
        else:
            if isinstance(body, dict):
                body = {name: split_list(value) for name, value in body.items()}
            items = find_list(body, self.own_keys, self.list_keys)
        rows, keys = [], []
        for item in items:
            row = self._fields.decode(item) if self._fields else parse_raw(item)
            has_id = isinstance(row, dict) and self._normalize_keys(row)
            if has_id:
                rows.append(row)
            key = row["id"] if has_id else _key_without_id(item)
            keys.append((key, row["updatedAt"] if isinstance(row, dict) else None))
        if len(rows) < len(items):
            LOGGER.warning(
                f"{len(items) - len(rows)} of {len(items)} items of a response have no id and cannot be stored; "
                "they were left out."
            )
        total = body.get(self.total_key) if self.total_key and isinstance(body, dict) else None
        has_more = "next" in response.links or (isinstance(body, dict) and body.get("hasMore") is True)
        parsed(response).page = PageResult(keys, total if type(total) is int else None, has_more)
        return _drain(rows)

    def _normalize_keys(self, row: Row) -> bool:
        """Writes the row's `id` and `updatedAt`. Returns whether it has an id."""
        row["id"] = key = id_of(row) or (hash_of(row) if self.hashes_missing_ids else None)
        for name in self.cursor_fields:
            if date := to_utc(row.get(name)):
                if name != self.cursor_fields[0]:
                    row[CURSOR_FALLBACK] = name
                row["updatedAt"] = date
                break
        else:
            row["updatedAt"] = None
        return key is not None


def _single_record(body: Any) -> Row:
    if isinstance(body, dict) and id_of(body):
        return body
    raise _no_records("no single record", body)


def hash_of(row: Row) -> str | None:
    """A hash of a row without an id: the same in every sync, wherever in its list the row stands.

    A record that the row refers to counts by its id alone, since Gleap may send it as it is at the time. None for a row
    that is nested more deeply than Python can follow.
    """
    stable = {
        name: to_id(value) or value if isinstance(value, dict) else value
        for name, value in row.items()
        if name != "index"
    }
    try:
        return sha256(json.dumps(stable, sort_keys=True).encode()).hexdigest()[:24]
    except RecursionError:
        return None


def id_of(row: Row) -> str | None:
    """The id of a row: the text of `id`, otherwise of `_id`; None if it has neither."""
    key = row.get("id")
    return key if type(key) is str and key else to_id(row)


def find_list(body: Any, own_keys: Sequence[str], list_keys: Sequence[str]) -> Sequence[Any]:
    """The list of rows in `body`: `body` itself, what is under an own key, or under the only key that holds a list.

    A null instead of the list means no rows.

    Args:
        body: The document.
        own_keys: Keys of the stream's own list.
        list_keys: All keys under which a list of Gleap's is known to be.

    Raises:
        AirbyteTracedException (system): There is no list, or there are several that may be meant.
    """
    if isinstance(body, list):
        return body
    if isinstance(body, dict):
        own = [body[key] for key in own_keys if isinstance(body.get(key), list)]
        candidates = [body[key] for key in dict.fromkeys((*own_keys, *list_keys)) if key in body]
        lists = own[:1] or [candidate for candidate in candidates if isinstance(candidate, list)]
        if len(lists) == 1:
            return cast(list[Any], lists[0])
        if candidates and not any(candidates) and not lists:
            return []
    raise _no_records("no single list of records", body)


def _no_records(lacks: str, body: Any) -> AirbyteTracedException:
    if isinstance(body, dict):
        seen = f"an object with the keys {[key[:50] for key in sorted(body)[:20]]}"
    else:
        seen = "nothing" if body is None else f"a {type(body).__name__}"
    return AirbyteTracedException(
        message=f"Gleap's response holds {lacks}, but {seen}. The sync was stopped so that no data is skipped "
        "silently. Report this to the maintainers of the connector.",
        internal_message=f"holds {lacks}, but {seen}",
        failure_type=FailureType.system_error,
    )


def _key_without_id(item: Any) -> str:
    """The same key whenever an item that is left out comes again: it takes up a place that an offset counts."""
    return f"none: {hash(bytes(item) if isinstance(item, msgspec.Raw) else to_text(item))}"


def _drain(rows: list[Row]) -> Iterable[Row]:
    """The rows, each let go of as soon as it is taken: what has been emitted need not wait for the rest of its page."""
    rows.reverse()
    while rows:
        yield rows.pop()
