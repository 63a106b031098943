"""metadata.yaml is valid, and says of the connector what the connector says of itself."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import yaml
from airbyte_cdk.models.connector_metadata import ConnectorLanguage, MetadataFile

from source_gleap.components.backoff import (
    MAX_ATTEMPTS_ON_TIMEOUT,
    MAX_ATTEMPTS_WHEN_RATE_LIMITED,
    MAX_RETRY_AFTER_SECONDS,
    GleapBackoffStrategy,
)
from source_gleap.manifest import MANIFEST

ROOT = Path(__file__).parents[2]
FILE = ROOT / "metadata.yaml"
PYPROJECT = (ROOT / "pyproject.toml").read_text()

# What Airbyte's registry refuses to be without.
REQUIRED = [
    "name",
    "definitionId",
    "connectorType",
    "connectorSubtype",
    "dockerRepository",
    "dockerImageTag",
    "license",
    "documentationUrl",
    "githubIssueLabel",
    "releaseStage",
]

# What its checks of a connector's quality look for besides.
EXPECTED = [
    "tags",
    "connectorBuildOptions",
    "allowedHosts",
    "maxSecondsBetweenMessages",
    "suggestedStreams",
    "supportLevel",
    "ab_internal",
    "registryOverrides",
    "remoteRegistries",
    "connectorTestSuitesOptions",
    "icon",
    "externalDocumentationUrls",
]


@pytest.fixture(scope="module")
def metadata() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(FILE.read_text())["data"]
    return data


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())
    return content


def project(field: str) -> str:
    """A text field of pyproject.toml; tomllib is not there before Python 3.11."""
    (value,) = re.findall(rf'^{field} = "(.+)"$', PYPROJECT, re.MULTILINE)
    return str(value)


def script() -> str:
    (name,) = re.findall(r"^\[project\.scripts\]\n(\S+) = ", PYPROJECT, re.MULTILINE)
    return str(name)


def test_metadata_is_valid_for_a_low_code_python_connector() -> None:
    data = MetadataFile.from_file(FILE).data
    assert data.language == ConnectorLanguage.PYTHON
    assert "cdk:low-code" in data.tags


def test_metadata_has_exactly_the_fields_that_the_registry_expects(metadata: dict[str, Any]) -> None:
    assert yaml.safe_load(FILE.read_text()).keys() == {"metadataSpecVersion", "data"}
    assert metadata.keys() == {*REQUIRED, *EXPECTED}
    assert UUID(metadata["definitionId"]).version == 4


def test_version_license_and_package_match_pyproject_toml(metadata: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", metadata["dockerImageTag"])
    assert metadata["dockerImageTag"] == project("version")
    assert metadata["license"] == project("license")
    assert metadata["remoteRegistries"]["pypi"] == {"enabled": True, "packageName": project("name")}


def test_changelog_contains_the_version(metadata: dict[str, Any]) -> None:
    assert f"\n## {metadata['dockerImageTag']}\n" in (ROOT / "CHANGELOG.md").read_text()


def test_image_label_and_package_match_the_command_name(metadata: dict[str, Any]) -> None:
    assert metadata["dockerRepository"] == f"airbyte/{script()}"
    assert metadata["githubIssueLabel"] == script()
    assert project("name") == f"airbyte-{script()}"
    assert script() == f"source-{metadata['name'].lower()}"
    assert f'io.airbyte.name="{metadata["dockerRepository"]}"' in (ROOT / "Dockerfile").read_text()


def test_base_image_is_pinned_by_tag_and_digest(metadata: dict[str, Any]) -> None:
    assert re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+@sha256:[0-9a-f]{64}", metadata["connectorBuildOptions"]["baseImage"])


def test_documentation_url_matches_the_specification(metadata: dict[str, Any], manifest: dict[str, Any]) -> None:
    assert metadata["documentationUrl"] == manifest["spec"]["documentation_url"]


def test_allowed_hosts_match_the_possible_api_urls(metadata: dict[str, Any], manifest: dict[str, Any]) -> None:
    api_url = manifest["spec"]["connection_specification"]["properties"]["api_url"]
    named = {urlsplit(url).hostname for url in [api_url["default"], *api_url["examples"]]}
    assert set(metadata["allowedHosts"]["hosts"]) == named | {"${api_url}"}


def test_longest_retry_fits_twice_into_max_seconds_between_messages(
    metadata: dict[str, Any], manifest: dict[str, Any]
) -> None:
    requester, reader = manifest["definitions"]["requester"], manifest["definitions"]["response_reader"]
    without_response = MAX_ATTEMPTS_ON_TIMEOUT * (requester["read_timeout_in_seconds"] + reader["seconds"])
    refused = max(
        MAX_ATTEMPTS_WHEN_RATE_LIMITED * GleapBackoffStrategy(parameters={}).max_backoff_seconds,
        MAX_RETRY_AFTER_SECONDS,
    )
    assert metadata["maxSecondsBetweenMessages"] > 2 * max(without_response, refused)


def test_no_test_suite_requires_a_secret(metadata: dict[str, Any]) -> None:
    suites = metadata["connectorTestSuitesOptions"]
    assert [suite["suite"] for suite in suites] == ["unitTests", "integrationTests", "acceptanceTests"]
    assert all(suite.keys() == {"suite"} for suite in suites)
