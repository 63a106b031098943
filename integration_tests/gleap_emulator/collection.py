"""One collection: its records, found quickly and serialised once."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from . import query
from .query import Filters, Moment

Record = dict[str, Any]
Order = tuple[tuple[str, int], ...]

_SELECTIONS_KEPT = 64


class Collection:
    """Records by id, in the order in which they were inserted. A changed record is a new dictionary.

    :param dress: from a record to the row that is sent
    :param serialise: from a row to its JSON
    :param extras: names that only the row has
    """

    def __init__(
        self, dress: Callable[[Record], Record], serialise: Callable[[Record], bytes], extras: frozenset[str]
    ) -> None:
        self.records: dict[str, Record] = {}
        self.raw: dict[str, Record] = {}  # hostile fields, as Gleap holds them
        self._dress, self._serialise, self._extras = dress, serialise, extras
        self._rows: dict[str, bytes] = {}
        self._selections: dict[tuple[str, Order], list[str]] = {}
        self._by_update: tuple[list[str], list[str]] | None = None

    def put(self, record: Record, raw: Record | None = None) -> None:
        """Inserts or replaces a record; `raw` holds those of its fields that Gleap sends in another form."""
        self.records[record["id"]] = record
        self.raw.pop(record["id"], None)
        if raw:
            self.raw[record["id"]] = raw
        self._changed(record["id"])

    def remove(self, record_id: str) -> None:
        del self.records[record_id]
        self.raw.pop(record_id, None)
        self._changed(record_id)

    def row(self, record_id: str) -> bytes:
        """The row of a record, as JSON."""
        row = self._rows.get(record_id)
        if row is None:
            row = self._rows[record_id] = self._serialise(self._dress(self._raw_record(record_id)))
        return row

    def select(self, filters: Filters, order: Order) -> Sequence[str]:
        """Ids of the records that meet `filters`, in `order`; ties by `updatedAt`, then as inserted."""
        key = (repr(filters), order)
        selected = self._selections.get(key)
        if selected is None:
            selected = self._select(filters, order)
            if len(self._selections) >= _SELECTIONS_KEPT:
                self._selections.clear()
            self._selections[key] = selected
        return selected

    def _select(self, filters: Filters, order: Order) -> list[str]:
        updates, by_update = self._index()
        conditions = filters.get("updatedAt", {})
        if set(conditions) <= {"$gte", "$lte"} and all(isinstance(value, Moment) for value in conditions.values()):
            start = bisect_left(updates, conditions["$gte"]) if "$gte" in conditions else 0
            end = bisect_right(updates, conditions["$lte"]) if "$lte" in conditions else len(updates)
            ids = by_update[start:end]
            filters = {name: value for name, value in filters.items() if name != "updatedAt"}
        else:
            ids = list(by_update)
        if filters:
            ids = [record_id for record_id in ids if query.matches(self._document(record_id, filters), filters)]
        if order != (("updatedAt", 1),):
            for name, direction in reversed(order):
                ids.sort(key=self._sort_key(name), reverse=direction < 0)
        return ids

    def _sort_key(self, name: str) -> Callable[[str], Any]:
        records, name = self.records, "id" if name == "_id" else name

        def key(record_id: str) -> tuple[int, Any]:
            value = records[record_id].get(name)
            if isinstance(value, (int, float)):
                return 1, value
            return (2, value) if isinstance(value, str) else (0, 0)

        return key

    def _document(self, record_id: str, filters: Filters) -> Record:
        if self._extras.isdisjoint(name.partition(".")[0] for name in filters):
            return self.records[record_id]
        return self._dress(self._raw_record(record_id)) | self.records[record_id]

    def _raw_record(self, record_id: str) -> Record:
        record = self.records[record_id]
        return {**record, **self.raw[record_id]} if record_id in self.raw else record

    def _index(self) -> tuple[list[str], list[str]]:
        if self._by_update is None:
            records = sorted(self.records.values(), key=itemgetter("updatedAt"))
            self._by_update = [record["updatedAt"] for record in records], [record["id"] for record in records]
        return self._by_update

    def _changed(self, record_id: str) -> None:
        self._rows.pop(record_id, None)
        self._selections.clear()
        self._by_update = None
