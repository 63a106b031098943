"""One collection: its records, found quickly and serialised once."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Protocol

from integration_tests.gleap_emulator import query
from integration_tests.gleap_emulator.endpoints import CHILDREN
from integration_tests.gleap_emulator.query import Filters, Moment

Record = dict[str, Any]
Order = tuple[tuple[str, int], ...]

_SELECTIONS_KEPT = 64


class ProjectData(Protocol):
    """What a row may show of other records of its project.

    Attributes:
        expected_records: The records of each stream, by id.
        project_id: The project's id.
    """

    expected_records: Mapping[str, Mapping[str, Record]]
    project_id: str


# References to a parent, by which the records of one parent are found without a look at the others.
_PARENTS = tuple(dict.fromkeys(CHILDREN.values()))
# Properties whose values, where there are any, are texts.
_TEXTS = query.DATES | {"id", *_PARENTS}


class Collection:
    """Records by id, in the order in which they were inserted. A changed record is a new dictionary.

    :param to_wire: from a record to the row that is sent
    :param serialise: from a row to its JSON
    :param extras: names that only the row has
    """

    def __init__(
        self, to_wire: Callable[[Record], Record], serialise: Callable[[Record], bytes], extras: frozenset[str]
    ) -> None:
        self.records: dict[str, Record] = {}
        self.raw: dict[str, Record] = {}  # malformed fields, as Gleap holds them
        self._dress, self._serialise, self._extras = to_wire, serialise, extras
        self._rows: dict[frozenset[str], dict[str, bytes]] = {}
        self._selections: dict[tuple[str, Order], list[str]] = {}
        self._by_update: tuple[list[str], list[str]] | None = None
        self._children: dict[str, dict[str, list[str]]] = {}

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
        return self.rows([record_id])[0]

    def rows(self, ids: Iterable[str], lacking: frozenset[str] = frozenset()) -> list[bytes]:
        """The rows of records, as JSON, without the fields `lacking`."""
        rendered = self._rows.setdefault(lacking, {})
        return [rendered.get(record_id) or self._render(record_id, lacking) for record_id in ids]

    def _render(self, record_id: str, lacking: frozenset[str]) -> bytes:
        row = self._dress(self._raw_record(record_id))
        for name in lacking:
            row.pop(name, None)
        rendered = self._rows[lacking][record_id] = self._serialise(row)
        return rendered

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
        parent = next((name for name in _PARENTS if isinstance(filters.get(name, {}).get("$eq"), str)), None)
        if parent:
            ids = list(self._children_by(parent).get(filters[parent]["$eq"], ()))
        elif set(conditions) <= {"$gte", "$lte"} and all(isinstance(value, Moment) for value in conditions.values()):
            start = bisect_left(updates, conditions["$gte"]) if "$gte" in conditions else 0
            end = bisect_right(updates, conditions["$lte"]) if "$lte" in conditions else len(updates)
            ids = by_update[start:end]
            filters = {name: value for name, value in filters.items() if name != "updatedAt"}
        else:
            ids = list(by_update)
        if filters:
            document, matches = self._documents(filters), query.matcher(filters)
            ids = [record_id for record_id in ids if matches(document(record_id))]
        if order != (("updatedAt", 1),):
            for name, direction in reversed(order):
                ids.sort(key=self._sort_key(name), reverse=direction < 0)
        return ids

    def _sort_key(self, name: str) -> Callable[[str], Any]:
        records, name = self.records, "id" if name == "_id" else name
        if name in _TEXTS:
            return lambda record_id: records[record_id].get(name, "")

        def key(record_id: str) -> tuple[int, Any]:
            value = records[record_id].get(name)
            if isinstance(value, (int, float)):
                return 1, value
            return (2, value) if isinstance(value, str) else (0, 0)

        return key

    def _documents(self, filters: Filters) -> Callable[[str], Record]:
        if self._extras.isdisjoint(name.partition(".")[0] for name in filters):
            return self.records.__getitem__
        return lambda record_id: self._dress(self._raw_record(record_id)) | self.records[record_id]

    def _raw_record(self, record_id: str) -> Record:
        record = self.records[record_id]
        return {**record, **self.raw[record_id]} if record_id in self.raw else record

    def _index(self) -> tuple[list[str], list[str]]:
        if self._by_update is None:
            records = sorted(self.records.values(), key=itemgetter("updatedAt"))
            self._by_update = [record["updatedAt"] for record in records], [record["id"] for record in records]
        return self._by_update

    def _children_by(self, name: str) -> dict[str, list[str]]:
        if name not in self._children:
            children = self._children[name] = defaultdict(list)
            for record_id in self._index()[1]:
                children[self.records[record_id].get(name, "")].append(record_id)
        return self._children[name]

    def _changed(self, record_id: str) -> None:
        for rendered in self._rows.values():
            rendered.pop(record_id, None)
        self._selections.clear()
        self._by_update = None
        self._children.clear()
