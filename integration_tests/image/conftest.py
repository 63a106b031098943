"""The image, built as `make image` does, and a container of it. Both are made once for all tests of a process.

The environment variable `BASE_IMAGE` names the image to build upon, the Dockerfile's by default.
"""

import contextlib
import fcntl
import os
import re
import subprocess
from collections.abc import Iterator

import docker
import pytest
from docker.errors import DockerException
from docker.models.images import Image

from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.image.container import Container, running
from integration_tests.support.paths import ROOT

NAME = "airbyte/source-gleap:dev"


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    try:
        client = docker.from_env(timeout=600)
        client.ping()
    except DockerException as error:
        pytest.fail(f"no container engine responds: {error}")
    with contextlib.closing(client):
        yield client


@pytest.fixture(scope="session")
def base(engine: docker.DockerClient) -> Image:
    found = re.search(r"^ARG BASE_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found
    name = os.environ.get("BASE_IMAGE") or found[1]
    if not engine.images.list(name):
        pulled = subprocess.run(["docker", "pull", "-q", name], capture_output=True, text=True, check=False)
        if pulled.returncode:
            pytest.fail(f"the base image {name} is not here and cannot be pulled: {pulled.stderr.strip()}")
    return engine.images.get(name)


@pytest.fixture(scope="session")
def image(engine: docker.DockerClient, base: Image, tmp_path_factory: pytest.TempPathFactory) -> Image:
    # Of several workers of pytest, one builds and the others find every step done.
    with (tmp_path_factory.getbasetemp().parent / "image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = subprocess.run(
            ["make", "image", f"IMAGE={NAME}"], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert built.returncode == 0, f"make image failed:\n{built.stdout[-4000:]}{built.stderr[-4000:]}"
    return engine.images.get(NAME)


@pytest.fixture(scope="session")
def container(
    engine: docker.DockerClient, image: Image, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Container]:
    with running(engine, image, tmp_path_factory.mktemp("source")) as container:
        yield container


@pytest.fixture(scope="module")
def emulator() -> Iterator[GleapEmulator]:
    with GleapEmulator(Project.generate(seed=11, tickets=120, malformed=True)) as emulator:
        yield emulator
