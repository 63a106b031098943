"""The requests that the connector makes, as its manifest says."""

from collections.abc import Mapping, Sequence
from typing import Any

from airbyte_cdk.sources.declarative.interpolation.interpolated_mapping import InterpolatedMapping
from airbyte_cdk.sources.declarative.interpolation.interpolated_string import InterpolatedString
from airbyte_cdk.sources.types import StreamSlice

from source_gleap.components.window_pages import PageToken

Partition = Mapping[str, str]


class RequestsOfConnector:
    """Addresses, headers, parameters and time limits of its requests.

    :param manifest: the manifest, its references resolved
    :param config: a valid configuration
    """

    def __init__(self, manifest: Mapping[str, Any], config: Mapping[str, Any]) -> None:
        self._definitions, self._config = manifest["definitions"], config

    @property
    def messages_mode(self) -> str:
        return str(self._config["messages_mode"])

    @property
    def time_limits(self) -> tuple[float, float]:
        """The seconds in which a connection is made, and an answer begins and then ends."""
        requester = self._definitions["requester"]
        return requester["connect_timeout_in_seconds"], requester["read_timeout_in_seconds"]

    @property
    def list_keys(self) -> Sequence[str]:
        found: Sequence[str] = self._definitions["record_selector"]["extractor"]["list_keys"]
        return found

    def schema(self, stream: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._stream(stream)["schema_loader"]["schema"]
        return found

    def cursor_fields(self, stream: str) -> Sequence[str]:
        """The dates that are taken for the cursor: each where those before it are missing."""
        extractor = self._stream(stream)["retriever"]["record_selector"]["extractor"]
        found: Sequence[str] = extractor.get("cursor_fields", ["updatedAt", "createdAt"])
        return found

    def is_paged(self, stream: str) -> bool:
        return "paginator" in self._stream(stream)["retriever"]

    def page_size(self, stream: str) -> int:
        return int(self._stream(stream)["retriever"]["paginator"]["pagination_strategy"]["page_size"])

    def is_windowed(self, stream: str, by_ticket: bool) -> bool:
        """Whether a stream is asked for in ranges of `updatedAt`."""
        strategy = self._stream(stream, by_ticket)["retriever"].get("paginator", {}).get("pagination_strategy")
        return strategy is not None and bool(strategy.get("date_filter", True))

    def url(self, stream: str, partition: Partition, token: PageToken) -> str:
        definition = self._stream(stream, "ticket" in partition)
        text, parameters = definition["retriever"]["requester"]["url"], definition["$parameters"]
        context = {"stream_slice": _slice(partition, token), "next_page_token": {}}
        return str(InterpolatedString(text, parameters=parameters).eval(self._config, **context))

    def headers(self, stream: str) -> Mapping[str, str]:
        texts = self._stream(stream)["retriever"]["requester"]["request_headers"]
        return dict(InterpolatedMapping(texts, parameters={}).eval(self._config))

    def parameters(self, stream: str, partition: Partition, token: PageToken) -> Mapping[str, Any]:
        texts = self._stream(stream, "ticket" in partition)["retriever"]["requester"]["request_parameters"]
        context = {"stream_slice": _slice(partition, token), "next_page_token": {}}
        sent = InterpolatedMapping(texts, parameters={}).eval(self._config, **context)
        return {name: value for name, value in sent.items() if value not in (None, "")}

    def refusal(self, stream: str, status: int | None) -> str | None:
        """What the connector says when a stream fails with this status, Gleap's own words left out; None: nothing."""
        for error in self._definitions["common_errors"]["response_filters"]:
            if error["action"] == "FAIL" and status in error.get("http_codes", ()):
                context = {"response": {"status": status, "message": ""}}
                text = InterpolatedString(error["error_message"], parameters={}).eval(self._config, **context)
                return str(text).strip().removesuffix("Gleap's message:").strip()
        return None

    def _stream(self, name: str, by_ticket: bool = False) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._definitions["streams"]["messages_by_ticket" if by_ticket else name]
        return found


def _slice(partition: Partition, token: PageToken) -> StreamSlice:
    return StreamSlice(partition=dict(partition), cursor_slice={}, extra_fields={"page": token})
