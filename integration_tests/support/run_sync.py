"""One sync of the real connector, in process: what it emitted, and what it will go on from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airbyte_cdk.models import AirbyteStateMessage, SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput, read

from source_gleap import SourceGleap
from source_gleap.manifest import Manifest, load_manifest, stream_names

STREAMS = stream_names()


@dataclass(frozen=True)
class SyncResult:
    """What one sync printed."""

    output: EntrypointOutput

    @property
    def records(self) -> dict[str, list[dict[str, Any]]]:
        """The records of each stream, in the order in which they were emitted."""
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in STREAMS}
        for message in self.output.records:
            found[message.record.stream].append(dict(message.record.data))  # type: ignore[union-attr]
        return found

    @property
    def states(self) -> list[AirbyteStateMessage]:
        """The last state of each stream: what the next sync is given."""
        last: dict[str, AirbyteStateMessage] = {}
        for message in self.output.state_messages:
            if message.state and message.state.stream:
                last[message.state.stream.stream_descriptor.name] = message.state
        return list(last.values())

    def state(self, stream: str) -> dict[str, Any]:
        """The last state of one stream, as plain JSON."""
        for state in self.states:
            if state.stream and state.stream.stream_descriptor.name == stream:
                return dict(state.stream.stream_state.__dict__)
        raise KeyError(stream)

    @property
    def errors(self) -> list[str]:
        """The messages of the TRACE errors, as a user sees them."""
        return [str(message.trace.error.message) for message in self.output.errors]  # type: ignore[union-attr]

    @property
    def log(self) -> list[str]:
        return [message.log.message for message in self.output.logs]  # type: ignore[union-attr]


def run_sync(
    config: Mapping[str, Any],
    streams: Iterable[str] = STREAMS,
    state: Sequence[AirbyteStateMessage] = (),
    mode: SyncMode = SyncMode.incremental,
    page_size: int | None = None,
    requests_per_second: int | None = None,
    tickets_per_minute: int = 1_000_000,
) -> SyncResult:
    """Reads `streams` with the connector, from `state` on.

    :param page_size: rows to ask for in one request, instead of what the manifest says
    :param requests_per_second: the budget of lists, instead of the manifest's 900 a minute
    :param tickets_per_minute: the budget of single tickets, instead of the manifest's 180: a test does not wait for it
    """
    catalog = CatalogBuilder()
    for name in streams:
        catalog = catalog.with_stream(name, mode)
    source = SourceGleap(manifest=_manifest(page_size, requests_per_second, tickets_per_minute))
    return SyncResult(read(source, dict(config), catalog.build(), list(state)))


def _manifest(page_size: int | None, requests_per_second: int | None, tickets_per_minute: int) -> Manifest:
    """The manifest with other values, where they are given."""
    manifest = load_manifest()
    manifest["api_budget"]["policies"][0]["rates"][0]["limit"] = tickets_per_minute
    if page_size is not None:
        manifest["definitions"]["paginator"]["pagination_strategy"]["page_size"] = page_size
    if requests_per_second is not None:
        (rate,) = manifest["api_budget"]["policies"][-1]["rates"]
        rate |= {"limit": requests_per_second, "interval": "PT1S"}
    return manifest
