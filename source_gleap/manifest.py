"""The manifest, and what can be read from it without a configuration."""

from functools import cache
from pathlib import Path
from typing import Any

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


@cache
def stream_names() -> tuple[str, ...]:
    """The streams of the catalog, in its order."""
    manifest = load_manifest()
    definitions = manifest["definitions"]["streams"]
    offered = [reference["$ref"] for entry in manifest["streams"] for reference in entry.get("streams", [entry])]
    return tuple(dict.fromkeys(definitions[reference.rpartition("/")[2]]["name"] for reference in offered))
