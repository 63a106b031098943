"""The tests run what users run: the connector's packages in the versions of poetry.lock, whole."""

import re
import sys
from collections import defaultdict
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LOCK = tomllib.loads((Path(__file__).parents[2] / "poetry.lock").read_text())
INSTALLED = {re.sub(r"[-_.]+", "-", found.name).lower(): found for found in distributions()}


def is_needed(package: dict[str, Any]) -> bool:
    """Whether the connector needs a locked package on this Python and machine."""
    markers = package.get("markers", "")
    marker = markers.get("main", "") if isinstance(markers, dict) else markers
    return "main" in package["groups"] and (not marker or Marker(marker).evaluate())


NEEDED = {package["name"]: package["version"] for package in LOCK["package"] if is_needed(package)}


def test_installed_versions_match_poetry_lock() -> None:
    assert len(NEEDED) > 50
    assert {name: INSTALLED[name].version if name in INSTALLED else None for name in NEEDED} == NEEDED


@pytest.fixture(scope="module")
def owners() -> dict[Path, set[str]]:
    """The packages that installed each module, by the module's path."""
    found: dict[Path, set[str]] = defaultdict(set)
    for name, distribution in INSTALLED.items():
        for file in distribution.files or []:
            if file.suffix in (".py", ".so"):
                found[Path(str(distribution.locate_file(file)))].add(name)
    return found


def test_no_other_package_replaces_a_module_of_the_connector(owners: dict[Path, set[str]]) -> None:
    assert len(owners) > 1000
    assert {path: names for path, names in owners.items() if len(names) > 1 and names & NEEDED.keys()} == {}
