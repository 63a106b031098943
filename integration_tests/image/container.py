"""Runs commands in a container that is set up as Airbyte sets up a source's (airbyte-platform, workload launcher):

- a shell runs `AIRBYTE_ENTRYPOINT` with the command's arguments, in the folder /source;
- /source holds connectorConfig.json, catalog.json and inputState.json;
- the user is an ordinary one, without capabilities and without a way to gain any.

Stricter than Airbyte's: /source and the root file system cannot be written to, and the user is the image's own. Only
/tmp can be written to; Airbyte mounts nothing there, but leaves the root file system writable.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container as DockerContainer
from docker.models.images import Image

from integration_tests.support import paths

CONFIG, CATALOG, STATE = "connectorConfig.json", "catalog.json", "inputState.json"

# The longest that all tests of a process may take, in seconds: then the container ends, and with it what runs in it.
_LIFETIME = 1800


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    exit_code: int
    messages: list[dict[str, Any]]
    """The Airbyte messages that it printed. Every line has to be one."""

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]


class Container:
    """A container of the image that waits for commands.

    :param folder: what is mounted at /source
    """

    def __init__(self, container: DockerContainer, folder: Path) -> None:
        self._container, self._folder = container, folder

    def run(self, command: str, **files: object) -> Done:
        """Runs one of the connector's commands.

        :param files: what `config`, `catalog` and `state` hold; each becomes a file, and an option that names it
        """
        options = ""
        for option, name in (("config", CONFIG), ("catalog", CATALOG), ("state", STATE)):
            if option in files:
                (self._folder / name).write_text(json.dumps(files[option]))
                options += f" --{option} /source/{name}"
        exit_code, printed = self.shell(f'eval "$AIRBYTE_ENTRYPOINT {command}{options}"')
        return Done(exit_code, [json.loads(line) for line in printed.splitlines()])

    def shell(self, script: str) -> tuple[int, bytes]:
        """The exit code and the standard output of a shell script, run by the image's user."""
        done = self._container.exec_run(["sh", "-c", script], stderr=False)
        assert done.exit_code is not None
        assert isinstance(done.output, bytes)
        return done.exit_code, done.output


def set_up(folder: Path) -> dict[str, Any]:
    """The options of a container, as docker-py names them. Containers reach the emulator on this machine's loopback."""
    folder.chmod(0o755)  # pytest keeps its folders to its own user
    return {
        "network_mode": "host",
        "read_only": True,
        "tmpfs": {"/tmp": ""},
        "volumes": {str(folder): {"bind": "/source", "mode": "ro"}},
        "working_dir": "/source",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
    }


@contextlib.contextmanager
def running(engine: docker.DockerClient, image: Image, folder: Path) -> Iterator[Container]:
    """A container for many commands: to make one takes far longer than to run a command, on some storage drivers."""
    container = engine.containers.run(
        image, ["sleep", str(_LIFETIME)], entrypoint=[], detach=True, auto_remove=True, **set_up(folder)
    )
    try:
        yield Container(container, folder)
    finally:
        container.kill()


def catalog(sync_mode: str) -> dict[str, Any]:
    configured = json.loads(paths.CATALOG.read_text())
    return {"streams": [{**stream, "sync_mode": sync_mode} for stream in configured["streams"]]}
