"""Did a candidate write the records that the data set holds? Otherwise its time means nothing."""

import ast
import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from integration_tests.support.destination import differences
from integration_tests.tools.benchmark.data import Dataset

Record = dict[str, Any]
_MOST_TO_COMPARE = 200_000  # a larger data set's expected_records is not kept in memory; its ids are
_LITERALS_TO_COMPARE = 500  # Python's notation takes long to read


class WrongOutput(Exception):  # noqa: N818
    """A candidate did not write what it should have; says what."""


class Expected:
    """What a data set holds."""

    def __init__(self, dataset: Dataset) -> None:
        self._lines: dict[str, bytes] = {}
        keeps = dataset.rows <= _MOST_TO_COMPARE
        with dataset.expected_records.open("rb") as file:
            for line in file:
                self._lines[orjson.loads(line)["id"]] = line if keeps else b""

    def check_ids(self, records: Iterator[Record]) -> None:
        """Raises WrongOutput: a record is missing, comes twice, or is none of the data set."""
        seen: set[str] = set()
        count = 0
        for record in records:
            seen.add(record["id"])
            count += 1
        if count != len(seen) or seen != self._lines.keys():
            raise WrongOutput(
                f"{count} records with {len(seen)} ids, of which {len(seen & self._lines.keys())} are among the "
                f"{len(self._lines)} that there are"
            )

    def check_values(self, records: Iterator[Record], schema: Mapping[str, Any], exact: bool) -> None:
        """Raises WrongOutput: a declared field of a record is not what the data set holds.

        :param exact: no other fields, and JSON fields are JSON
        """
        for number, record in enumerate(records):
            held = orjson.loads(self._lines[record["id"]] or b"{}")
            if not held or not (exact or number < _LITERALS_TO_COMPARE):
                return
            if not exact:
                record = {name: _as_json(value) for name, value in record.items() if name in schema["properties"]}
                held = {name: _as_json(value) for name, value in held.items()}
            if found := differences(held, record):
                raise WrongOutput(f"record {record['id']} differs: {found}")


def _as_json(value: Any) -> Any:
    """Documents in JSON or in Python's notation as objects; what is neither stays as it is."""
    if not (isinstance(value, str) and value.startswith(("{", "["))):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return ast.literal_eval(value)
