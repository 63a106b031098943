"""The image ends at SIGTERM, as the first process of its container: such a process gets no default action."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.models.containers import Container as DockerContainer
from docker.models.images import Image

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.image.container import CATALOG, CONFIG, Container, catalog, set_up
from integration_tests.support.destination import missing_from, upsert
from integration_tests.support.interruption import SOON_SECONDS, Gate, checkpointed
from integration_tests.support.run_sync import STREAMS

pytestmark = pytest.mark.image

START_SECONDS = 60
# 128 and the number of SIGTERM.
ENDED = 143

# Sends SIGTERM to the program, as soon as it begins to import the CDK.
EARLY = """
import importlib.abc, os, signal, sys

class Sender(importlib.abc.MetaPathFinder):
    def find_spec(self, name, *_):
        if name == "airbyte_cdk":
            os.kill(os.getpid(), signal.SIGTERM)

sys.meta_path.insert(0, Sender())
from source_gleap.run import run
run(sys.argv[1:])
"""


@contextlib.contextmanager
def reading(
    engine: docker.DockerClient, image: Image, folder: Path, config: dict[str, Any], *program: str
) -> Iterator[DockerContainer]:
    """A container that reads all streams, and is removed at the end.

    :param program: what is run instead of the image's entry point
    """
    (folder / CONFIG).write_text(json.dumps(config))
    (folder / CATALOG).write_text(json.dumps(catalog("incremental")))
    command = ["read", "--config", f"/source/{CONFIG}", "--catalog", f"/source/{CATALOG}"]
    container = engine.containers.create(
        image, [*program[1:], *command], entrypoint=list(program[:1]) or None, **set_up(folder)
    )
    try:
        container.start()
        yield container
    finally:
        container.remove(force=True)


def exit_code(container: DockerContainer) -> int:
    """How it ends. Raises requests.exceptions.ConnectionError: it does not within `SOON_SECONDS`."""
    return int(container.wait(timeout=SOON_SECONDS)["StatusCode"])


@pytest.mark.parametrize("responses", [0, 40])
def test_sigterm_ends_read_between_lines_and_next_read_is_complete(
    engine: docker.DockerClient, image: Image, container: Container, tmp_path: Path, responses: int
) -> None:
    project = Project.generate(seed=responses, tickets=150, days=300)
    with GleapEmulator(project, Behavior(page_cap=20)) as emulator:
        config = emulator.config(lookback_window=0)
        with (
            Gate(responses) as emulator.before_request,
            reading(engine, image, tmp_path, config) as first,
        ):
            assert emulator.before_request.reached.wait(START_SECONDS)
            first.kill("SIGTERM")
            assert exit_code(first) == ENDED
            before, states = checkpointed(first.logs(stdout=True, stderr=False), [])
            assert first.logs(stdout=False, stderr=True) == b""
        emulator.before_request = None
        rest = container.run("read", config=config, catalog=catalog("incremental"), state=states)
    assert rest.exit_code == 0
    after = [message["record"] for message in rest.of_type("RECORD")]
    destination: dict[str, dict[str, dict[str, Any]]] = {stream: {} for stream in STREAMS}
    for record in before + after:
        upsert([record["data"]], destination[record["stream"]])
    assert missing_from(destination, project) == {}


def test_sigterm_during_import_ends_the_program(
    engine: docker.DockerClient, image: Image, tmp_path: Path, emulator: GleapEmulator
) -> None:
    python = "/opt/source-gleap/bin/python"
    with (
        Gate(0) as emulator.before_request,
        reading(engine, image, tmp_path, emulator.config(), python, "-c", EARLY) as container,
    ):
        assert exit_code(container) == ENDED
