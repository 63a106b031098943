"""The requests that the connector sends, built from its manifest by the CDK's own components."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from airbyte_cdk.sources.declarative.interpolation.interpolated_boolean import InterpolatedBoolean
from airbyte_cdk.sources.declarative.models.declarative_component_schema import HttpRequester as HttpRequesterModel
from airbyte_cdk.sources.declarative.parsers.model_to_component_factory import ModelToComponentFactory
from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester
from airbyte_cdk.sources.types import StreamSlice

from source_gleap.components.window_pages import PageToken


@dataclass(eq=False)
class StreamRequests:
    """The requests of one stream.

    Attributes:
        definition: The stream's definition in the manifest, its references resolved.
        config: A valid configuration.
    """

    definition: Any
    config: Mapping[str, Any]

    def __post_init__(self) -> None:
        retriever = self.definition["retriever"]
        pagination = retriever.get("paginator", {}).get("pagination_strategy", {})
        parents = retriever.get("partition_router", {}).get("parent_stream_configs")
        self.name: str = self.definition["name"]
        self.fields: Mapping[str, Any] = self.definition["schema_loader"]["schema"]["properties"]
        self.extractor: Mapping[str, Any] = retriever["record_selector"]["extractor"]
        # The dates that are taken for the cursor: each where those before it are missing.
        self.cursor_fields: Sequence[str] = self.extractor.get("cursor_fields", ["updatedAt", "createdAt"])
        self.page_size: int = pagination.get("page_size", 0)  # 0: the whole list is one response
        self.is_sortable: bool = bool(pagination) and pagination.get("sortable", True)
        self.has_date_filter = "updatedAt" in retriever["requester"]["url"]
        self.parent: str | None = parents[0]["stream"]["name"] if parents else None
        router = retriever.get("partition_router", {})
        self.partition_field: str = parents[0]["partition_field"] if parents else router.get("cursor_field", "")
        self.kind: str | None = next(iter(router.get("values", ())), None)
        self.is_windowed = self.has_date_filter and not parents

    @cached_property
    def requester(self) -> HttpRequester:
        definition = self.definition["retriever"]["requester"]
        found: HttpRequester = ModelToComponentFactory().create_component(
            HttpRequesterModel, definition, self.config, name=self.name, decoder=None
        )
        return found

    def url(self, token: PageToken, parent_id: str | None) -> str:
        stream_slice = self._slice(token, parent_id)
        return self.requester.get_url(stream_state=None, stream_slice=stream_slice, next_page_token={})

    def parameters(self, token: PageToken, parent_id: str | None) -> dict[str, Any]:
        """The query parameters beside those in the URL."""
        sent = self.requester.get_request_params(stream_slice=self._slice(token, parent_id), next_page_token={})
        return {name: value for name, value in sent.items() if value not in (None, "")}

    def _slice(self, token: PageToken, parent_id: str | None) -> StreamSlice:
        partition = {self.partition_field: parent_id or self.kind} if self.partition_field else {}
        return StreamSlice(partition=partition, cursor_slice={}, extra_fields={"page": token})


class ConnectorRequests:
    """The requests of the streams that a sync with a configuration has, by name, in the order of the manifest.

    The list of tickets is among them in each mode. `tickets_in_detail` are the requests for their own records, None in
    the mode without them.
    """

    def __init__(self, manifest: Mapping[str, Any], config: Mapping[str, Any]) -> None:
        listing = {**config, "tickets_mode": "list"}
        found = [StreamRequests(definition, listing) for definition in _definitions(manifest, listing)]
        self.streams = {stream.name: stream for stream in found}
        of_mode = [StreamRequests(definition, config) for definition in _definitions(manifest, config)]
        self.tickets_in_detail = next((each for each in of_mode if each.name == "tickets" and each.parent), None)


def _definitions(manifest: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for definition in manifest["streams"]:
        if definition["type"] != "ConditionalStreams":
            yield definition
        elif InterpolatedBoolean(definition["condition"], parameters={}).eval(config):
            yield from definition["streams"]
