"""What the manifest says of the streams, so that no test or tool has a list of its own."""

from collections.abc import Mapping
from typing import Any

from airbyte_cdk.sources.declarative.parsers.manifest_reference_resolver import ManifestReferenceResolver

from source_gleap.manifest import load_manifest, stream_names

Definition = Mapping[str, Any]

STREAMS = stream_names()
_DEFINITIONS: Mapping[str, Definition] = dict(ManifestReferenceResolver().preprocess_manifest(load_manifest()))[
    "definitions"
]["streams"]


def definition_of(stream: str) -> Definition:
    """The definition of a stream at default settings, its references resolved."""
    return _DEFINITIONS[stream]


def parents_of(stream: str) -> list[Mapping[str, Any]]:
    """How a stream refers to its parents; nothing for a stream without any."""
    router: Mapping[str, Any] = definition_of(stream)["retriever"].get("partition_router", {})
    return list(router.get("parent_stream_configs", []))


def cursor_of(stream: str) -> str:
    """The cursor field of a stream."""
    return str(definition_of(stream)["incremental_sync"]["cursor_field"])


def key_of(stream: str) -> list[str]:
    """The primary key of a stream."""
    return list(definition_of(stream)["primary_key"])


def _strategy(stream: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = definition_of(stream)["retriever"].get("paginator", {}).get("pagination_strategy", {})
    return found


# Read page by page, with `limit` and `skip`.
PAGED = tuple(stream for stream in STREAMS if "page_size" in _strategy(stream))
# Read in ranges of the cursor.
WINDOWED = tuple(stream for stream in PAGED if not parents_of(stream))
# Read for each parent or kind.
PARTITIONED = tuple(stream for stream in STREAMS if "partition_router" in definition_of(stream)["retriever"])
# Read for each ticket that changed, with one cursor for all of them: each time all that belongs to such a ticket.
BY_TICKET = tuple(
    stream for stream in PARTITIONED if definition_of(stream)["incremental_sync"].get("global_substream_cursor")
)
# Read whole, in one request.
FULL_LISTS = tuple(stream for stream in STREAMS if stream not in {*PAGED, *PARTITIONED})
