"""The source: the manifest, bound to a configuration as soon as there is one."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from copy import deepcopy
from functools import partial
from logging import Logger
from typing import Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    FailureType,
    Status,
    StreamDescriptor,
    Type,
)
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource
from airbyte_cdk.sources.declarative.interpolation.interpolated_boolean import InterpolatedBoolean
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.components.window_pages import QueryForm
from source_gleap.config_normalization import normalize_config
from source_gleap.config_validation import (
    config_error,
    did_you_mean,
    unknown_settings,
    validate_config,
    validate_environment,
)
from source_gleap.files import read_catalog_file, read_config_file, read_state_file
from source_gleap.list_reader import ListQuery, ListReader
from source_gleap.manifest import Manifest, limit_time_of_check, load_manifest, select_streams, stream_names
from source_gleap.state_validation import validate_state
from source_gleap.streams import Backpressure, GuardedStream, parent_stream_configs


class SourceGleap(ConcurrentDeclarativeSource):
    """The Gleap source, with or without a configuration.

    The CDK renders the manifest with the configuration that it is built with. The CDK's entry point and its test runner
    build a source before they know one, so an unbound source hands each command to one that is bound to it.

    Args:
        catalog: The streams that will be read.
        config: The connection's configuration; None for an unbound source.
        state: The state to go on from.
        manifest: The manifest, its references not resolved; that of the package by default.
    """

    def __init__(
        self,
        catalog: ConfiguredAirbyteCatalog | None = None,
        config: Mapping[str, Any] | None = None,
        state: list[AirbyteStateMessage] | None = None,
        manifest: Manifest | None = None,
    ) -> None:
        self._state = validate_state(state or [])
        self._manifest = manifest or load_manifest()
        super().__init__(
            catalog=catalog or ConfiguredAirbyteCatalog(streams=[]),
            config=config or {},
            state=self._state.messages,
            # Unbound, it is asked for the settings only. The CDK takes no manifest without a stream.
            source_config=select_streams(self._manifest, {"teams"}) if config is None else self._manifest,
        )
        self._is_bound = config is not None
        self._backpressure = Backpressure()

    @staticmethod
    def read_config(config_path: str) -> MutableMapping[str, Any]:
        """The configuration in a file. Raises AirbyteTracedException (config): as `read_config_file`."""
        return read_config_file(config_path)

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        """The configured catalog in a file. Raises AirbyteTracedException (config): as `read_catalog_file`."""
        return read_catalog_file(catalog_path)

    @classmethod
    def read_state(cls, state_path: str) -> list[AirbyteStateMessage]:
        """The states in a file; none without a file. Raises AirbyteTracedException (config): as `read_state_file`."""
        return read_state_file(state_path) if state_path else []

    @property
    def specification(self) -> Mapping[str, Any]:
        """The JSON schema of a configuration."""
        specification: Mapping[str, Any] = self.resolved_manifest["spec"]["connection_specification"]
        return specification

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:
        """The configuration, normalized by `normalize_config`.

        Raises AirbyteTracedException (config): a field cannot work, or a file of certificates is not there.
        """
        configured = normalize_config(config, self.specification)
        validate_config(configured, self.specification)
        validate_environment()
        return configured

    def streams(self, config: Mapping[str, Any]) -> list[AbstractStream]:
        """The streams of the manifest, each read through the guards of `streams`."""
        definitions = {definition["name"]: definition for definition in self.stream_definitions(config)}
        guarded = {
            stream.name: self._guard(stream, definitions[stream.name], config, self._backpressure)
            for stream in super().streams(config)
        }
        for stream in guarded.values():
            for parent in stream.parents:
                # A list that is read whole is the same for the stream and for its children.
                if not parent.query.form.has_bounds and parent.name in guarded:
                    guarded[parent.name].share_list_of(parent)
        if "messages" in guarded and guarded["messages"].query.form.has_bounds:
            tickets = next(iter(guarded["tickets"].parents), guarded["tickets"])
            guarded["messages"].query.confirm_empty = partial(_confirm_no_messages, tickets)
        return list(guarded.values())

    def check(self, logger: Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Whether the first requests of a read succeed, of the streams that the manifest's `check` names.

        They are sent in exactly the form of a read, with `limit=1`; four at most. A failure has the message that the
        read would have.
        """
        if not self._is_bound:
            names = set(self._manifest["check"]["stream_names"])
            manifest = select_streams(limit_time_of_check(deepcopy(self._manifest)), names)
            return SourceGleap(config=config, manifest=manifest).check(logger, config)
        for warning in unknown_settings(config, self.specification):
            logger.warning(warning)
        streams = {stream.name: stream for stream in self.streams(config) if isinstance(stream, GuardedStream)}
        chosen = [streams[name] for name in self.resolved_manifest["check"]["stream_names"]]
        asked_by_children = {parent.name for stream in chosen for parent in stream.parents}
        form: QueryForm | None = None
        try:
            for stream in chosen:
                if stream.name not in asked_by_children:
                    form = stream.check(form) or form
        except AirbyteTracedException as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=error.message)
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def discover(self, logger: Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        if self._is_bound:
            return super().discover(logger, config)
        return SourceGleap(config=config, manifest=self._manifest).discover(logger, config)

    def read(
        self,
        logger: Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        if not self._is_bound:
            # An empty list of messages is only believed where no ticket has any.
            needed = {configured.stream.name for configured in catalog.streams} | {"tickets"}
            bound = SourceGleap(catalog, config, state, select_streams(self._manifest, needed))
            yield from bound.read(logger, config, catalog, state)
            return
        definitions = {definition["name"]: definition for definition in self.stream_definitions(config)}
        present = [configured for configured in catalog.streams if configured.stream.name in definitions]
        # Hours of requests for single tickets would occupy the workers that other streams wait for.
        present.sort(key=lambda configured: _is_read_by_ticket(definitions[configured.stream.name]))
        absent = [configured.stream for configured in catalog.streams if configured.stream.name not in definitions]
        from_start_date = {each.stream.name for each in present if _has_start_date(definitions[each.stream.name])}
        for warning in (
            *unknown_settings(config, self.specification),
            *self._state.warnings,
            *self._state.start_date_warnings(config["start_date"], sorted(from_start_date)),
        ):
            logger.warning(warning)
        for stream in absent:
            yield _absence(stream.name, stream_names()).as_airbyte_message(StreamDescriptor(name=stream.name))
            yield as_airbyte_message(stream, AirbyteStreamStatus.INCOMPLETE)
        with self._backpressure.enabled():
            for message in super().read(logger, config, ConfiguredAirbyteCatalog(present), state):
                if message.type is Type.RECORD:
                    self._backpressure.release()
                elif (
                    made := message.state and message.state.stream
                ) and made.stream_descriptor.name in from_start_date:
                    self._state.add_start_date(made, config["start_date"])
                yield message
        if absent:
            names = ", ".join(stream.name for stream in absent)
            raise config_error(f"The sync has read all streams of the catalog but those that do not exist: {names}.")

    def stream_definitions(self, config: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """The definitions of the streams that a configuration has, in the manifest's order, references resolved."""
        for definition in self.resolved_manifest["streams"]:
            if definition["type"] != "ConditionalStreams":
                yield definition
            elif InterpolatedBoolean(definition["condition"], parameters={}).eval(config):
                yield from definition["streams"]

    def _guard(
        self,
        stream: AbstractStream,
        definition: Mapping[str, Any],
        config: Mapping[str, Any],
        backpressure: Backpressure,
        is_in_parts: bool = False,
    ) -> GuardedStream:
        retriever = definition["retriever"]
        parents = retriever.get("partition_router", {}).get("parent_stream_configs", [])
        for parent, parent_definition in zip(parent_stream_configs(stream), parents, strict=True):
            # What a parent lists is not printed, so nobody would release it.
            parent.stream = self._guard(
                parent.stream, parent_definition["stream"], config, Backpressure(), parent.incremental_dependency
            )
        strategy = retriever.get("paginator", {}).get("pagination_strategy", {})
        form = QueryForm(
            limit=strategy.get("page_size", 0),
            bounds="window" if "updatedAt" in retriever["requester"]["url"] else "none",
        )
        query = ListQuery(stream.name, form, start=config["start_date"][:19])
        return GuardedStream(
            stream,
            backpressure,
            query,
            self._state.errors.get(stream.name),
            is_optional=bool(definition.get("$parameters", {}).get("partitions_are_optional")),
            is_in_parts=is_in_parts,
        )


def _has_start_date(definition: Mapping[str, Any]) -> bool:
    """Whether a stream, or the list of its parents, leaves out what is older than the start date. Full lists do not."""
    router = definition["retriever"].get("partition_router")
    return "config['start_date']" in f"{definition.get('incremental_sync')} {router}"


def _is_read_by_ticket(definition: Mapping[str, Any]) -> bool:
    """Whether a stream has a request or more for each ticket that changed."""
    parents = definition["retriever"].get("partition_router", {}).get("parent_stream_configs", [])
    return any(parent.get("incremental_dependency") for parent in parents)


def _absence(name: str, known: Sequence[str]) -> AirbyteTracedException:
    """The error of a stream that is in the catalog only."""
    return config_error(
        f"Stream '{name}' does not exist{did_you_mean(name, known)} The streams are {', '.join(known)}. Correct the "
        "catalog; in Airbyte, refresh the source schema of the connection."
    )


def _confirm_no_messages(tickets: GuardedStream, messages: ListReader) -> bool:
    """Whether the project-wide list of messages, which came empty, is right to be so; False if it holds some by now.

    Raises AirbyteTracedException (config): it is empty although a ticket has messages.

    Every public client asks for the messages of one ticket at a time, so an empty project-wide list is evidence of
    nothing (docs/API.md 3.3).
    """
    rows = tickets.request_rows(QueryForm(limit=50, bounds="none"), newest=True)
    rows.sort(key=lambda row: not row.data.get("latestComment"))
    if not rows or not (rows[0].data.get("latestComment") or messages.has_messages(rows[0].data["id"])):
        return True
    # The ticket's message may be the project's first, and younger than the list.
    if messages.has_messages():
        return False
    raise AirbyteTracedException(
        message="Gleap lists no messages for the whole project, although a ticket has some. Set 'How messages are "
        "read' (messages_mode) to 'ticket', which asks for them ticket by ticket.",
        internal_message="The project-wide list of messages is empty without date bounds, too.",
        failure_type=FailureType.config_error,
    )
