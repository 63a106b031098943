"""What the connector says of itself: its settings, its streams and their fields."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from airbyte_cdk.sources.declarative.interpolation.interpolated_string import InterpolatedString
from airbyte_cdk.sources.types import StreamSlice

from integration_tests.support.streams import definition_of
from source_gleap import SourceGleap
from source_gleap.components.window_pages import PageToken, QueryForm

Fields = Mapping[str, Mapping[str, Any]]

_ANY_CONFIG = {"api_key": "k", "project_id": "0" * 24, "start_date": "2026-01-01T00:00:00Z"}


@dataclass(frozen=True)
class Connector:
    """The connector as `spec` and `discover` show it.

    :param settings: the JSON schema of each setting, in the order in which Airbyte asks for them
    :param required: the settings without which it does not work
    :param fields: the JSON schema of each field, by stream
    :param cursors: the cursor field of each stream
    :param keys: the primary key of each stream
    :param descriptions: what each stream holds
    :param paths: what is asked for, without the API URL
    """

    settings: Fields
    required: frozenset[str]
    fields: Mapping[str, Fields]
    cursors: Mapping[str, str]
    keys: Mapping[str, str]
    descriptions: Mapping[str, str]
    paths: Mapping[str, str]

    @classmethod
    def installed(cls) -> "Connector":
        """The one that is imported."""
        source = SourceGleap()
        specification = source.spec(logging.getLogger()).connectionSpecification
        streams = source.discover(logging.getLogger(), source.configure(_ANY_CONFIG, "")).streams
        settings = specification["properties"]
        return cls(
            settings={name: settings[name] for name in sorted(settings, key=lambda name: int(settings[name]["order"]))},
            required=frozenset(specification["required"]),
            fields={stream.name: stream.json_schema["properties"] for stream in streams},
            cursors={stream.name: ".".join(stream.default_cursor_field or []) for stream in streams},
            keys={
                stream.name: ", ".join(".".join(path) for path in stream.source_defined_primary_key or [])
                for stream in streams
            },
            descriptions={
                stream.name: definition_of(stream.name)["description"].rpartition(" https://")[0] for stream in streams
            },
            paths={stream.name: _path(definition_of(stream.name)) for stream in streams},
        )


def target(field: Mapping[str, Any]) -> str | None:
    """The stream, or other collection of Gleap's, whose ids a field holds; None if it holds none."""
    found: str | None = field.get("x-references") or field.get("items", {}).get("x-references")
    return found


def _path(definition: Mapping[str, Any]) -> str:
    url = InterpolatedString(definition["retriever"]["requester"]["url"], parameters=definition["$parameters"])
    router = definition["retriever"].get("partition_router", {})
    partition = {parent["partition_field"]: "{id}" for parent in router.get("parent_stream_configs", [])}
    if "values" in router:
        partition[router["cursor_field"]] = f"{{{router['cursor_field']}}}"
    page = PageToken(form=QueryForm(bounds="none"))
    stream_slice = StreamSlice(
        partition=partition,
        cursor_slice={},
        extra_fields={"page": page},
    )
    rendered = url.eval({"api_url": ""}, stream_slice=stream_slice, next_page_token={})
    return unquote(str(rendered))
