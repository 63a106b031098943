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
