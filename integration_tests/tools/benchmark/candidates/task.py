"""What a candidate is to read, and the fields of the records that it is to write."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import orjson

PAGE_SIZE = 1000
LOOKBACK_SECONDS = 3600
HEADERS = {"Authorization": "Bearer key", "Project": "640000000000000000000abc", "Accept": "application/json"}

Row = dict[str, Any]
Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class Task:
    """A read of all rows of one stream.

    :param url: of the API, without a slash at its end
    :param start_date: `YYYY-MM-DDTHH:mm:ssZ`; all rows are later
    :param schema: the JSON schema of the stream's records, as the connector declares it, without references
    :param folder: where a candidate that does not write to standard output writes to; also for scratch files
    :param workers: how many pages may be read at once, where the candidate has such a setting
    """

    url: str
    stream: str
    start_date: str
    schema: Mapping[str, Any]
    folder: str
    workers: int | None = None

    @property
    def list_key(self) -> str | None:
        """Under which key of a response the rows are; None if the response is the list of rows."""
        return "tickets" if self.stream == "tickets" else None

    @property
    def parameters(self) -> dict[str, str]:
        """What is asked for, besides `limit` and `skip`."""
        flags = {"ignoreArchived": "true"} if self.stream == "tickets" else {}
        return {"sort": "updatedAt", "updatedAt>": self.start_date.replace("Z", ".000Z"), **flags}


@dataclass(frozen=True)
class HourlyTask:
    """A read of what changed in the six streams since the last read, or of everything in a first one.

    :param url: of the API, without a slash at its end
    :param start_date: `YYYY-MM-DDTHH:mm:ssZ`; all rows are later
    :param schemas: the JSON schemas of the streams' records, as the connector declares them, without references
    :param folder: where a candidate finds its state; also for what it does not write to standard output
    """

    url: str
    start_date: str
    schemas: Mapping[str, Mapping[str, Any]]
    folder: str


AnyTask = TypeVar("AnyTask", Task, HourlyTask)


def given(kind: type[AnyTask]) -> AnyTask:
    """The task that the command line names."""
    return kind(**json.loads(Path(sys.argv[1]).read_bytes()))


def shaper(schema: Mapping[str, Any]) -> Callable[[Row], Row]:
    """From a row to a record with the connector's fields, with as little work as the emulator's rows allow.

    No value is checked and no odd form expected, which Gleap may send and the connector can read.
    """
    plan = [
        (name, field.get("x-sources", [name])[-1], _conversion(field))
        for name, field in schema["properties"].items()
        if name != "id"
    ]

    def shaped(row: Row) -> Row:
        record = {"id": row.get("id") or row["_id"]}
        for name, source, convert in plan:
            value = row.get(source)
            if value is not None:
                record[name] = convert(value) if convert else value
        return record

    return shaped


def _conversion(field: Mapping[str, Any]) -> Convert | None:
    if "x-references" in field:
        return _reference
    if "integer" in field["type"]:
        return int
    return _text if "string" in field["type"] and "format" not in field else None


def _reference(value: Any) -> Any:
    if type(value) is list:
        return [_reference(each) for each in value]
    return value.get("id") or value["_id"] if type(value) is dict else value


def _text(value: Any) -> str:
    return value if type(value) is str else orjson.dumps(value, default=float).decode()  # the Singer SDK has decimals
