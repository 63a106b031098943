"""What the image holds, and what it does not."""

import json
import re
import shlex
from pathlib import Path, PurePosixPath

import pytest
from docker.models.images import Image

from integration_tests.image.container import Container
from integration_tests.support.paths import ROOT

pytestmark = pytest.mark.image

FOLDER = "/opt/source-gleap"
PYTHON = f"{FOLDER}/bin/python"


def names(text: str) -> set[str]:
    """The names of packages, as the index compares them."""
    return {re.sub(r"[-_.]+", "-", name).lower() for name in text.split()}


@pytest.fixture(scope="module")
def files(container: Container) -> list[PurePosixPath]:
    """The paths below the image's folder, relative to it."""
    exit_code, printed = container.shell(f"cd {FOLDER} && find . -type f -o -type l")
    assert exit_code == 0
    return [PurePosixPath(line) for line in printed.decode().splitlines()]


def test_image_adds_one_folder_to_its_base(image: Image, base: Image) -> None:
    layers, below = image.attrs["RootFS"]["Layers"], base.attrs["RootFS"]["Layers"]
    assert layers[: len(below)] == below
    assert len(layers) == len(below) + 1
    added = next(step["CreatedBy"] for step in image.history() if step["Size"])
    assert "COPY" in added
    assert FOLDER in added


def test_image_contains_no_tests_secrets_or_build_tools(files: list[PurePosixPath]) -> None:
    folders = {part for file in files for part in file.parts[:-1]}
    assert folders & {"tests", "unit_tests", "integration_tests", "secrets", ".git", ".cache", "pip", "poetry"} == set()
    assert {file.name for file in files} & {"pip", "poetry", "poetry.lock", "config.json"} == set()


def test_image_contains_only_the_package_of_this_repository(files: list[PurePosixPath]) -> None:
    package = ROOT / "source_gleap"
    wanted = {str(path.relative_to(ROOT)) for path in package.rglob("*") if path.is_file()}
    held = {
        str(PurePosixPath(*file.parts[file.parts.index("source_gleap") :]))
        for file in files
        if "source_gleap" in file.parts
    }
    assert {name for name in held if "__pycache__" not in name} == {
        name for name in wanted if "__pycache__" not in name
    }


def test_installed_packages_match_main_group_of_poetry_lock(container: Container) -> None:
    script = "from importlib.metadata import distributions as d; print(*(f'{one.name}=={one.version}' for one in d()))"
    exit_code, printed = container.shell(f"{PYTHON} -c {shlex.quote(script)}")
    assert exit_code == 0
    locked = (ROOT / "poetry.lock").read_text().split("[[package]]")[1:]
    main = {
        f"{name[1]}=={version[1]}"
        for package in locked
        if (name := re.search(r'^name = "(.+)"', package, re.MULTILINE))
        and (version := re.search(r'^version = "(.+)"', package, re.MULTILINE))
        and re.search(r'^groups = \[.*"main"', package, re.MULTILINE)
    }
    installed = names(printed.decode())
    assert {name for name in installed if not name.startswith("airbyte-source-gleap==")} <= names(" ".join(main))
    assert {name.split("==")[0] for name in installed} > {"airbyte-cdk", "airbyte-source-gleap", "pydantic", "requests"}


def test_every_module_is_compiled_without_source_check(container: Container) -> None:
    # Bytes 4 to 7 of compiled code are flags: 1 is "unchecked".
    script = """
import importlib.util, pathlib
sources = list(pathlib.Path("/opt/source-gleap/lib").rglob("*.py"))
compiled = [pathlib.Path(importlib.util.cache_from_source(source)) for source in sources]
good = [path for path in compiled if path.exists() and path.read_bytes()[4:8] == b"\\1\\0\\0\\0"]
print(len(sources), len(good))
"""
    exit_code, printed = container.shell(f"{PYTHON} -c {shlex.quote(script)}")
    sources, good = map(int, printed.split())
    assert exit_code == 0
    assert sources == good > 1000


def test_image_runs_as_unprivileged_user_without_write_access(image: Image, container: Container) -> None:
    _, user = container.shell("id -u; id -un")
    _, writable = container.shell(f"find {FOLDER} -writable -not -type l")
    assert image.attrs["Config"]["User"] == "airbyte"
    assert user.split()[0] != b"0"
    assert user.split()[1] == b"airbyte"
    assert writable == b""


def test_labels_name_connector_and_package_version(image: Image) -> None:
    version = re.search(r'^version = "(.+)"', Path(ROOT, "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert image.labels["io.airbyte.name"] == "airbyte/source-gleap"
    assert image.labels["io.airbyte.version"] == version[1]


def test_docker_and_airbyte_start_the_same_program(image: Image, base: Image) -> None:
    added = set(image.attrs["Config"]["Env"]) - set(base.attrs["Config"]["Env"])
    assert image.attrs["Config"]["Entrypoint"] == [f"{FOLDER}/bin/source-gleap"]
    # Docker gives a PATH to an image whose base names none.
    assert {entry for entry in added if not entry.startswith("PATH=")} == {
        f"AIRBYTE_ENTRYPOINT={FOLDER}/bin/source-gleap"
    }


def test_image_history_does_not_name_the_package_index(image: Image, base: Image) -> None:
    added = image.history()[: -len(base.history())]  # the newest come first
    assert added
    assert "index" not in json.dumps(added).lower()
