"""Transformation: a row whose form is unknown, kept whole."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from typing import Any

from airbyte_cdk.sources.declarative.transformations import RecordTransformation
from airbyte_cdk.sources.types import Config, StreamSlice, StreamState

from source_gleap.components.window_pages import CURSOR_FALLBACK


@dataclass
class WholeRowTransformation(RecordTransformation):
    """Puts a copy of the row into one of its fields.

    Input: a row. Output: the same dictionary, with the copy at `field_name`, without `omitted_keys` at any depth.

    Attributes:
        field_name: The field that gets the copy.
        omitted_keys: What is never passed on, such as passwords in the record of a user.
    """

    parameters: InitVar[Mapping[str, Any]]
    field_name: str
    omitted_keys: list[str] = field(default_factory=list)

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        pass

    def transform(
        self,
        record: dict[str, Any],
        config: Config | None = None,
        stream_state: StreamState | None = None,
        stream_slice: StreamSlice | None = None,
    ) -> None:
        record[self.field_name] = _copy_without(record, frozenset({*self.omitted_keys, CURSOR_FALLBACK}))


def _copy_without(row: dict[str, Any], omitted: frozenset[str]) -> dict[str, Any]:
    # No recursion: Gleap's documents may be nested more deeply than Python can call itself.
    result: dict[str, Any] = {}
    pending: list[tuple[Any, Any]] = [(row, result)]
    while pending:
        source, target = pending.pop()
        items = source.items() if isinstance(source, dict) else enumerate(source)
        for key, value in items:
            if key in omitted:
                continue
            if isinstance(value, (dict, list)):
                copied: Any = {} if isinstance(value, dict) else []
                pending.append((value, copied))
            else:
                copied = value
            if isinstance(target, dict):
                target[key] = copied
            else:
                target.append(copied)
    return result
