"""One read in a container of its own, within limits of memory and CPU, set up as Airbyte's pods are.

The program is the container's first process, and writes into a named pipe that another process reads.
"""

import contextlib
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container
from docker.models.images import Image

from integration_tests.image.container import CATALOG, CONFIG, set_up

_PIPE = "output"
_TIMEOUT_SECONDS = 900
_SECONDS_BETWEEN_LOOKS = 0.05


@dataclass(frozen=True)
class Outcome:
    """How a read ended.

    :param output: what it wrote
    :param seconds: from the container's start to its end
    :param cpu: seconds of CPU time; 0 where this machine does not show it, as all but Linux
    :param memory: the most that the process held, MB; the same
    """

    exit_code: int
    output: Path
    seconds: float
    cpu: float
    memory: float

    @property
    def ids(self) -> list[str]:
        """The ids of its records, in their order. A line that a kill has cut off is none."""
        with self.output.open("rb") as lines:
            records = (line for line in lines if line.startswith(b'{"type":"RECORD"') and line.endswith(b"\n"))
            messages = map(json.loads, records)
            return [message["record"]["data"]["id"] for message in messages]


def catalog_of(streams: Sequence[str]) -> dict[str, Any]:
    """A configured catalog of these streams, incremental."""
    return {
        "streams": [
            {
                "stream": {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]},
                "sync_mode": "incremental",
                "destination_sync_mode": "append_dedup",
            }
            for name in streams
        ]
    }


class LimitedRead:
    """A read that has a container, and is not started yet.

    :param folder: of this read alone
    """

    def __init__(self, container: Container, folder: Path) -> None:
        self._container, self._folder = container, folder
        self._reader: subprocess.Popen[bytes] | None = None
        self._cpu = self._memory = 0.0
        self._watch = threading.Thread(target=self._look)

    def start(self) -> None:
        output = (self._folder / "read").open("wb")
        with output:
            self._reader = subprocess.Popen(["cat", str(self._folder / _PIPE)], stdout=output)
        self._container.start()
        self._watch.start()

    def outcome(self) -> Outcome:
        """FakeSleep for its end."""
        exit_code = self._container.wait(timeout=_TIMEOUT_SECONDS)["StatusCode"]
        self._watch.join()
        assert self._reader
        self._reader.wait(60)
        self._container.reload()
        state = self._container.attrs["State"]
        seconds = (_moment(state["FinishedAt"]) - _moment(state["StartedAt"])).total_seconds()
        return Outcome(exit_code, self._folder / "read", seconds, self._cpu, self._memory)

    def end(self) -> None:
        self._container.remove(force=True)
        if self._reader:
            self._reader.kill()
            self._reader.wait()

    def _look(self) -> None:
        self._container.reload()
        process = Path(f"/proc/{self._container.attrs['State']['Pid']}")
        # The last look before the process ends counts: both numbers only grow.
        with contextlib.suppress(OSError, StopIteration):
            while True:
                peak = next(line for line in (process / "status").read_text().splitlines() if line.startswith("VmHWM"))
                self._memory = int(peak.split()[1]) * 1024 / 1e6
                times = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
                self._cpu = sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
                time.sleep(_SECONDS_BETWEEN_LOOKS)


@contextlib.contextmanager
def limited_read(
    engine: docker.DockerClient,
    image: Image,
    folder: Path,
    config: Mapping[str, Any],
    streams: Sequence[str] = ("tickets",),
    memory: str | None = None,
    cpus: float | None = None,
) -> Iterator[LimitedRead]:
    """A read in a container of its own.

    :param folder: for its files; not used by another read
    :param memory: the most it may hold, as Docker writes it: `256m`
    :param cpus: of how many cores it may use the time
    """
    (folder / CONFIG).write_text(json.dumps(config))
    (folder / CATALOG).write_text(json.dumps(catalog_of(streams)))
    os.mkfifo(folder / _PIPE)
    (folder / _PIPE).chmod(0o666)
    files = f"--config /source/{CONFIG} --catalog /source/{CATALOG}"
    limits: dict[str, Any] = {"mem_limit": memory, "memswap_limit": memory} if memory else {}
    if cpus:
        limits["nano_cpus"] = int(cpus * 1e9)
    container = engine.containers.create(
        image,
        ["-c", f"exec $AIRBYTE_ENTRYPOINT read {files} > /source/{_PIPE}"],
        entrypoint=["sh"],
        **set_up(folder),
        **limits,
    )
    read = LimitedRead(container, folder)
    try:
        yield read
    finally:
        read.end()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text[:26].rstrip("Z").ljust(26, "0") + "+00:00")
