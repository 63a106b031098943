"""Keeps what the CDK makes of a manifest without a configuration: a sync of one stream takes a third of the time.

A source parses its manifest, resolves the references and validates the result. That depends on the manifest alone, so
each step is done once for the same content.
"""

from collections.abc import Iterator, Mapping, Set
from functools import cache
from typing import Any, TextIO
from unittest.mock import patch

import orjson
import pytest
from airbyte_cdk.sources.declarative import concurrent_declarative_source
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
    get_declarative_component_schema,
    validate_manifest,
)
from airbyte_cdk.utils.yaml_loader import safe_load_yaml

from source_gleap import manifest, source

_resolve = ConcurrentDeclarativeSource._pre_process_manifest


class _BuildCache:
    """The CDK's functions, each called once for the same content.

    Results are kept as JSON and parsed for each caller, which may change them.
    """

    def __init__(self) -> None:
        self._parsed: dict[str, bytes] = {}
        self._selected: dict[tuple[bytes, Set[str]], bytes] = {}
        self._resolved: dict[bytes, bytes] = {}
        self._valid: set[bytes] = set()

    def load(self, stream: str | TextIO) -> Any:
        text = stream if isinstance(stream, str) else stream.read()
        if text not in self._parsed:
            self._parsed[text] = orjson.dumps(safe_load_yaml(text))
        return orjson.loads(self._parsed[text])

    def select(self, whole: manifest.Manifest, names: Set[str]) -> manifest.Manifest:
        key = orjson.dumps(whole), frozenset(names)
        if key not in self._selected:
            self._selected[key] = orjson.dumps(manifest.select_streams(whole, names))
        selected: manifest.Manifest = orjson.loads(self._selected[key])
        return selected

    def resolve(self, built: ConcurrentDeclarativeSource, whole: dict[str, Any]) -> dict[str, Any]:
        key = orjson.dumps(whole)
        if key not in self._resolved:
            self._resolved[key] = orjson.dumps(_resolve(built, whole))
        resolved: dict[str, Any] = orjson.loads(self._resolved[key])
        return resolved

    def validate(self, whole: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
        key = orjson.dumps(whole)
        if key not in self._valid:
            validate_manifest(whole, schema)
            self._valid.add(key)


@pytest.fixture(scope="session", autouse=True)
def _build_cache() -> Iterator[None]:
    kept = _BuildCache()
    schema = cache(get_declarative_component_schema)
    with (
        patch.object(manifest, "safe_load_yaml", kept.load),
        patch.object(source, "select_streams", kept.select),
        patch.object(concurrent_declarative_source, "get_declarative_component_schema", schema),
        patch.object(concurrent_declarative_source, "validate_manifest", kept.validate),
        # Private, since the public methods that it calls are recursive. It halves the time that is left.
        patch.object(
            ConcurrentDeclarativeSource,
            "_pre_process_manifest",
            lambda built, whole: kept.resolve(built, whole),
        ),
    ):
        yield
