"""The manifest, and what can be read from it without a configuration."""

from functools import cache
from pathlib import Path

import yaml

MANIFEST = Path(__file__).with_name("manifest.yaml")


@cache
def stream_names() -> tuple[str, ...]:
    """The streams of the catalog, in its order."""
    definitions = yaml.safe_load(MANIFEST.read_text())["definitions"]["streams"]
    return tuple(dict.fromkeys(definition["name"] for definition in definitions.values()))
