"""A response with a list, and what the checks look at in its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.components.extraction import Row, find_list, id_of
from source_gleap.components.normalization import to_utc
from source_gleap.doctor.client import RequestFailedError


@dataclass(frozen=True)
class ListResponse:
    """The list in a JSON document: its items as sent, the key they came under, how many match the query in all."""

    items: Sequence[Any]
    envelope: str | None = None
    total: int | None = None

    @property
    def rows(self) -> list[Row]:
        return [item for item in self.items if isinstance(item, dict)]

    @property
    def ids(self) -> list[str | None]:
        return [id_of(item) if isinstance(item, dict) else None for item in self.items]

    @property
    def dates(self) -> list[str]:
        """The `updatedAt` of each row that has one."""
        return [date for row in self.rows if (date := to_utc(row.get("updatedAt")))]


def parse_list(document: Any, extractor: Mapping[str, Any]) -> ListResponse:
    """The list in a JSON document, where this extractor of the connector looks for it.

    Raises:
        RequestFailedError: The document holds no list.
    """
    try:
        items = find_list(document, extractor.get("own_keys", ()), extractor["list_keys"])
    except AirbyteTracedException as error:  # its message names keys, which may be content
        cause = "a response without a list of records"
        raise RequestFailedError(cause, is_transient=False, is_permanent=True) from error
    if isinstance(document, list):
        return ListResponse(items)
    envelope = next((key for key in extractor["list_keys"] if document.get(key) is items), None)
    total = document.get(extractor.get("total_key"))
    return ListResponse(items, envelope, total if type(total) is int else None)
