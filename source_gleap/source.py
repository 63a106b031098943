"""The source: the manifest, bound to a configuration as soon as there is one."""

from collections.abc import Iterator, Mapping, MutableMapping
from logging import Logger
from pathlib import Path
from typing import Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    Type,
)
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream

from source_gleap.backlog import Backlog
from source_gleap.configuration import config_error, refuse_unless_valid
from source_gleap.unreadable import counted
from source_gleap.watched_stream import WatchedStream

MANIFEST = Path(__file__).with_name("manifest.yaml")


class SourceGleap(YamlDeclarativeSource):
    """The Gleap source, with or without a configuration.

    The CDK renders the manifest with the configuration that it is built with. The CDK's entry point and its test runner
    build a source before they know one, so an unbound source hands each command to one that is bound to it.

    :param catalog: the streams that will be read
    :param config: the connection's configuration; none for an unbound source
    :param state: the state to go on from
    """

    def __init__(
        self,
        catalog: ConfiguredAirbyteCatalog | None = None,
        config: Mapping[str, Any] | None = None,
        state: list[AirbyteStateMessage] | None = None,
    ) -> None:
        super().__init__(path_to_yaml=str(MANIFEST), catalog=catalog, config=config, state=state)
        self._is_bound = bool(config)
        self._backlog = Backlog()

    @staticmethod
    def read_config(config_path: str) -> MutableMapping[str, Any]:
        """The configuration in a file. Raises AirbyteTracedException (config): it is not there, or no JSON object."""
        try:
            return YamlDeclarativeSource.read_config(config_path)
        except OSError as error:
            raise config_error(
                f"The configuration file {config_path} cannot be read: {error.strerror}.", error
            ) from error
        except ValueError as error:
            # The CDK's own message may quote the file, and with it the key.
            raise config_error(f"The configuration file {config_path} holds no JSON object.") from error

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:
        """The configuration with blanks trimmed and defaults filled in.

        Raises AirbyteTracedException (config): a field cannot work.
        """
        configured = dict(config)
        if self._spec_component:
            self._spec_component.transform_config(configured)
            refuse_unless_valid(configured, self._spec_component.connection_specification)
        return configured

    def streams(self, config: Mapping[str, Any]) -> list[AbstractStream]:
        return [WatchedStream(stream, self._backlog) for stream in super().streams(config)]

    def check(self, logger: Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        if self._is_bound:
            return super().check(logger, config)
        return SourceGleap(config=config).check(logger, config)

    def discover(self, logger: Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        if self._is_bound:
            return super().discover(logger, config)
        return SourceGleap(config=config).discover(logger, config)

    def read(
        self,
        logger: Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        if self._is_bound:
            self._backlog = Backlog()
            with counted():
                for message in super().read(logger, config, catalog, state):
                    if message.type is Type.RECORD:
                        self._backlog.take()
                    yield message
        else:
            yield from SourceGleap(catalog, config, state).read(logger, config, catalog, state)
