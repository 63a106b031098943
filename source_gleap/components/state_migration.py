"""State migration: what a stream that reads a list for each parent takes from its state."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import Any

from airbyte_cdk.sources.declarative.migrations.state_migration import StateMigration

_KEPT = ("states", "parent_state")


@dataclass
class PartitionStateMigration(StateMigration):
    """Keeps a new partition from starting at the cursor that other partitions have earned.

    The CDK starts a partition that is not in the state at the latest cursor of all partitions. A survey that is listed
    for the first time may have responses that are older than those of other surveys; they would never be emitted.

    | before                                         | after                  |
    |------------------------------------------------|------------------------|
    | `{"states": [...], "state": {"updatedAt": x}}` | `{"states": [...]}`    |
    | `{"updatedAt": x}`                             | `{}`, a read from the start |
    """

    parameters: InitVar[Mapping[str, Any]]

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        pass

    def should_migrate(self, stream_state: Mapping[str, Any]) -> bool:
        return any(key not in _KEPT for key in stream_state)

    def migrate(self, stream_state: Mapping[str, Any]) -> Mapping[str, Any]:
        return {key: stream_state[key] for key in _KEPT if key in stream_state}


@dataclass
class ParentStateMigration(StateMigration):
    """Lets a list go on from the state of a stream that reads its records one by one, as a substream of it.

    | before                                                                      | after              |
    |-----------------------------------------------------------------------------|--------------------|
    | `{"parent_state": {"<name>": {"updatedAt": x}}, "use_global_cursor": ...}` | `{"updatedAt": x}` |

    The way back needs no migration: the CDK takes the state of a list for that of a substream's parent.

    Attributes:
        name: The list's.
    """

    parameters: InitVar[Mapping[str, Any]]
    name: str = ""

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self.name = self.name or parameters.get("name", "")

    def should_migrate(self, stream_state: Mapping[str, Any]) -> bool:
        return "parent_state" in stream_state

    def migrate(self, stream_state: Mapping[str, Any]) -> Mapping[str, Any]:
        parent_state: Mapping[str, Any] = stream_state["parent_state"].get(self.name, {})
        return parent_state
