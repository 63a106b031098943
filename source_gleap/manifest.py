"""The manifest, and what can be read from it without a configuration."""

from collections.abc import Mapping, Set
from functools import cache
from pathlib import Path
from typing import Any

from airbyte_cdk.sources.declarative.parsers.manifest_reference_resolver import ManifestReferenceResolver
from airbyte_cdk.utils.yaml_loader import safe_load_yaml

MANIFEST = Path(__file__).with_name("manifest.yaml")

Manifest = dict[str, Any]


def load_manifest() -> Manifest:
    """The manifest as it is written, its references not resolved."""
    return dict(safe_load_yaml(MANIFEST.read_text(encoding="utf-8")))


def limit_time_of_check(manifest: Manifest) -> Manifest:
    """Gives requests little time, so that a check ends within a minute whatever Gleap does.

    A check sends four requests at most. The first that fails ends it.

    Args:
        manifest: As `load_manifest` returns it. It is changed.

    Returns:
        The same manifest.
    """
    definitions = manifest["definitions"]
    definitions["requester"] |= {"connect_timeout_in_seconds": 5, "read_timeout_in_seconds": 10}
    reader = definitions["response_reader"]
    reader["seconds"] = 10
    for strategy in reader["backoff_strategies"]:
        strategy |= {"max_attempts": 2, "max_backoff_seconds": 2, "max_retry_after_seconds": 5}
    return manifest


def select_streams(manifest: Manifest, names: Set[str]) -> Manifest:
    """A manifest with the streams of these names alone, its references resolved.

    The CDK takes most of its start-up to build streams, and to look through definitions that nothing refers to then.

    Args:
        manifest: As `load_manifest` returns it. It is left as it is.
        names: Names of streams. Those that the manifest lacks are ignored.
    """
    entries = [entry for entry in manifest["streams"] if not names.isdisjoint(_names_of(manifest, entry))]
    resolved = ManifestReferenceResolver().preprocess_manifest({**manifest, "streams": entries})
    return {name: value for name, value in resolved.items() if name not in ("definitions", "schemas")}


@cache
def stream_names() -> tuple[str, ...]:
    """The streams of the catalog, in its order."""
    manifest = load_manifest()
    return tuple(dict.fromkeys(name for entry in manifest["streams"] for name in _names_of(manifest, entry)))


def _names_of(manifest: Manifest, entry: Mapping[str, Any]) -> list[str]:
    """The streams of an entry in the manifest's `streams`, which may be offered under a condition only."""
    definitions = manifest["definitions"]["streams"]
    references = [reference["$ref"] for reference in entry.get("streams", [entry])]
    return [definitions[reference.rpartition("/")[2]]["name"] for reference in references]
