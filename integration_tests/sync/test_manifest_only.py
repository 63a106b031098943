"""The components can be lifted out of the package, with the manifest, into a manifest-only connector."""

import ast
import inspect
import re
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
import requests_mock
import yaml
from airbyte_cdk.connector_builder.connector_builder_handler import (
    create_source,
    get_limits,
    read_stream,
    resolve_manifest,
)
from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource
from airbyte_cdk.sources.declarative.parsers.custom_code_compiler import COMPONENTS_MODULE_NAME
from airbyte_cdk.test.catalog_builder import CatalogBuilder
from airbyte_cdk.test.entrypoint_wrapper import read

import source_gleap.components
from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.support.run_sync import STREAMS
from source_gleap.components.responses import StreamingJsonDecoder
from source_gleap.manifest import MANIFEST

FOLDER = Path(source_gleap.components.__path__[0])
MODULES = sorted(path for path in FOLDER.glob("*.py") if path.name != "__init__.py")
ROOT = Path(__file__).parents[2]
COMPONENTS = sorted(set(re.findall(r"class_name: (\S+)", MANIFEST.read_text())))
MANIFEST_ONLY = "source_declarative_manifest.components"


def siblings(module: Path) -> set[Path]:
    """The modules of the components that a module imports from."""
    names = re.findall(r"^from source_gleap\.components\.(\w+) import", module.read_text(), re.MULTILINE)
    return {FOLDER / f"{name}.py" for name in names}


def joined() -> str:
    """All components in one text, each behind those that it imports, without these imports."""
    in_order = TopologicalSorter({module: siblings(module) for module in MODULES}).static_order()
    text = "\n".join(module.read_text() for module in in_order)
    return re.sub(r"^from source_gleap\.components\.\w+ import (\([^)]*\)|.*)$", "", text, flags=re.MULTILINE)


def test_components_import_only_each_other() -> None:
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, module.name
                imported = str(node.module)
                is_sibling = imported.startswith("source_gleap.components.")
                assert is_sibling or not imported.startswith("source_gleap"), module.name
            elif isinstance(node, ast.Import):
                assert not any(name.name.startswith("source_gleap") for name in node.names), module.name


def test_component_names_are_unique() -> None:
    names = Counter(
        node.name
        for module in MODULES
        for node in ast.parse(module.read_text()).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    )
    assert [name for name, count in names.items() if count > 1] == []


@pytest.fixture
def manifest_only() -> Iterator[dict[str, Any]]:
    """The manifest of a manifest-only connector, its components in the one module that such a connector has."""
    text, count = re.subn(r"source_gleap\.components\.\w+\.(\w+)", rf"{MANIFEST_ONLY}.\1", MANIFEST.read_text())
    assert count > 5
    module = ModuleType(MANIFEST_ONLY)
    with patch.dict(sys.modules, {MANIFEST_ONLY: module}):
        exec(compile(joined(), "components.py", "exec"), module.__dict__)
        yield yaml.safe_load(text)


def test_manifest_only_connector_reads_every_stream_completely(manifest_only: dict[str, Any]) -> None:
    project = Project.generate(seed=3, tickets=60)
    catalog = CatalogBuilder()
    for name in STREAMS:
        catalog = catalog.with_stream(name, SyncMode.incremental)
    with GleapEmulator(project) as emulator:
        config = emulator.config()
        source = ConcurrentDeclarativeSource(
            source_config=manifest_only, config=config, catalog=catalog.build(), state=[]
        )
        output = read(source, config, catalog.build(), [])
    found = Counter(message.record.stream for message in output.records)  # type: ignore[union-attr]
    assert found == {name: len(project.expected_records[name]) for name in STREAMS}


def test_connector_builder_resolves_the_manifest_before_it_has_components() -> None:
    with patch.dict(sys.modules):
        for module in (MANIFEST_ONLY, COMPONENTS_MODULE_NAME):
            sys.modules.pop(module, None)
        text = MANIFEST.read_text().replace("source_gleap.components", MANIFEST_ONLY)
        resolved = resolve_manifest(create_source({"__injected_declarative_manifest": yaml.safe_load(text)}))
    assert resolved.record
    names = [stream.get("name") for stream in resolved.record.data["manifest"]["streams"]]
    assert {"sessions", "teams"} <= set(names)


def built(manifest: dict[str, Any], config: dict[str, Any], stream: str) -> list[dict[str, Any]]:
    """The records of a test read of a stream in the Connector Builder."""
    catalog = CatalogBuilder().with_stream(stream, SyncMode.incremental).build()
    injected, limits = {**config, "__injected_declarative_manifest": manifest}, get_limits({})
    output = read_stream(create_source(injected, limits, catalog, []), injected, catalog, [], limits)
    assert output.record, output.trace
    slices = output.record.data["slices"]
    return [record for each in slices for page in each["pages"] for record in page["records"]]


def test_connector_builder_reads_a_stream_with_the_required_settings_only(
    manifest_only: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRBYTE_ENABLE_UNSAFE_CODE", "true")
    required = {"api_key": "k", "project_id": "0" * 24, "start_date": "2026-01-01"}
    row = {"id": "1", "updatedAt": "2026-02-01T00:00:00.000Z"}
    with requests_mock.Mocker() as gleap:
        gleap.get("https://api.gleap.io/v3/sessions", json=[row])
        records = built(manifest_only, required, "sessions")
    assert row in records
    assert "updatedAt%3E=2026-01-01T00:00:00.000Z" in gleap.request_history[0].url


def test_connector_builder_reads_the_records_of_a_project(
    manifest_only: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRBYTE_ENABLE_UNSAFE_CODE", "true")
    project = Project.generate(seed=3, tickets=5)
    with GleapEmulator(project) as emulator:
        records = built(manifest_only, emulator.config(), "teams")
    assert {record["id"] for record in records} == project.expected_records["teams"].keys()


@pytest.mark.parametrize("name", COMPONENTS, ids=lambda name: name.rpartition(".")[2])
def test_component_has_a_docstring(name: str) -> None:
    module, _, component = name.rpartition(".")
    assert inspect.getdoc(getattr(import_module(module), component))


def test_decoder_leaves_the_response_body_unread() -> None:
    assert StreamingJsonDecoder(parameters={}).is_stream_response()
