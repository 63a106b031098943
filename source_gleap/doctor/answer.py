"""An answer to a request for a list, and what is looked at in its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.components.extraction import Row, find_list
from source_gleap.components.normalization import to_id, to_utc
from source_gleap.doctor.client import NoAnswerError


@dataclass(frozen=True)
class Answer:
    """What came.

    :param items: the rows as sent, whatever they are
    :param envelope: the key under which they came; None for a bare array
    :param total: `totalCount`, if it came as a whole number
    """

    items: Sequence[Any] = ()
    envelope: str | None = None
    total: int | None = None

    @property
    def rows(self) -> list[Row]:
        return [item for item in self.items if isinstance(item, dict)]

    @property
    def ids(self) -> list[str | None]:
        return [id_of(item) for item in self.items]

    @property
    def dates(self) -> list[str]:
        """The `updatedAt` of each row that has one."""
        return [date for row in self.rows if (date := date_of(row))]


def id_of(item: Any) -> str | None:
    """The id of an item of a list, as the connector finds it."""
    if not isinstance(item, dict):
        return None
    return item["id"] if isinstance(item.get("id"), str) and item["id"] else to_id(item)


def date_of(row: Row, name: str = "updatedAt") -> str | None:
    """A date of a row as `YYYY-MM-DDTHH:mm:ss.sssZ`; None if it has none."""
    return to_utc(row.get(name))


def answer_of(body: Any, list_keys: Sequence[str]) -> Answer:
    """The answer in a JSON document. Raises NoAnswerError: it holds no list.

    :param list_keys: where the connector looks for one
    """
    try:
        items = find_list(body, list_keys)
    except AirbyteTracedException as error:  # its message names keys, which may be content
        raise NoAnswerError("an answer without a list of records", 200, lasts=True) from error
    if isinstance(body, list):
        return Answer(items)
    envelope = next((key for key in list_keys if body.get(key) is items), None)
    total = body.get("totalCount")
    return Answer(items, envelope, total if type(total) is int else None)
