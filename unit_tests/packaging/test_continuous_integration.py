"""Continuous integration runs the make targets that a contributor runs, on every Python that the package supports."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
SCRIPT = (ROOT / ".ci" / "run").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):.*?## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def commands(job: str) -> list[str]:
    """The commands that a job runs."""
    return [step["run"] for step in WORKFLOW["jobs"][job]["steps"] if "run" in step]


def targets_of(text: str) -> Iterator[str]:
    """The targets of the calls of make in a shell script."""
    for line in re.findall(r"^ *(?:suite \S+ )?(?:env (?:\w+=\S+ )+)?make (.+?)(?: \|.*)?$", text, re.MULTILINE):
        yield from (word for word in re.sub(r"-C \S+", "", line).split() if "=" not in word)


@pytest.mark.parametrize("job", WORKFLOW["jobs"])
def test_job_runs_make_targets_and_its_own_first(job: str) -> None:
    found = commands(job)
    assert found[0] == f"make {job}"
    assert {command.removeprefix("make ") for command in found} <= TARGETS


def test_script_calls_existing_make_targets() -> None:
    found = set(targets_of(SCRIPT))
    assert {"test", "test-all", "test-image", "bench-small", "sync"} <= found <= TARGETS


def test_unit_tests_run_on_every_supported_python() -> None:
    (lowest, limit) = re.findall(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (ROOT / "pyproject.toml").read_text())[0]
    versions = WORKFLOW["jobs"]["unit-test"]["strategy"]["matrix"]["python-version"]
    assert versions == [f"3.{minor}" for minor in range(int(lowest), int(limit))]
