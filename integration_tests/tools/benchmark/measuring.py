"""Runs one candidate once, as a process of its own, and measures it."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from integration_tests.support.paths import ROOT
from integration_tests.tools.benchmark.candidate import OUTPUT, Reader, declared_schema, prepare
from integration_tests.tools.benchmark.candidates.task import Task
from integration_tests.tools.benchmark.checking import Expected, WrongOutput
from integration_tests.tools.benchmark.data import Dataset
from integration_tests.tools.benchmark.machine import environment_of
from source_gleap.manifest import MANIFEST

_TIMED = str(Path(__file__).with_name("timed.py"))
_TIMEOUT_SECONDS = 3600


@dataclass(frozen=True)
class Sample:
    """One run.

    :param seconds: wall time of the whole process, start-up included
    :param cpu: seconds of CPU time, of all cores together
    :param memory: the most memory it held, MB
    :param requests: pages it asked for
    """

    seconds: float
    cpu: float
    memory: float
    requests: int = 0


def environment() -> dict[str, str]:
    """This process's environment without what would change how a candidate runs; the same for all."""
    unwanted = {"PYTHONUNBUFFERED", "PYTHONOPTIMIZE", "PYTHONDEVMODE", "PYTHONPATH"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def timed(arguments: list[str], output: Path, python: Path = Path(sys.executable)) -> Sample:
    """Runs Python, the connector's by default, with `arguments`. Raises WrongOutput: it failed."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", _TIMED, str(output), str(python), *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=True,
    )
    measured = json.loads(done.stdout)
    if measured.pop("exit_code"):
        raise WrongOutput(f"{arguments[:3]} failed: {done.stderr[-2000:]} {output.read_text()[-2000:]}")
    return Sample(**measured)


@contextmanager
def served(dataset: Dataset) -> Iterator[str]:
    """Serves a data set while it is used; gives the server's address."""
    with subprocess.Popen(
        [sys.executable, "-m", "integration_tests.tools.benchmark.server", str(dataset.folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin
        assert server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


def ceiling(dataset: Dataset, url: str, connections: int) -> dict[str, Any]:
    """What the server gives a client that does nothing with it: requests, rows and megabytes a second."""
    arguments = [url, dataset.stream, str(dataset.rows), str(connections)]
    done = subprocess.run(
        [sys.executable, "-m", "integration_tests.tools.benchmark.server_throughput", *arguments],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


class Course:
    """A data set that is served, and the candidates' runs on it.

    The values of a candidate's records are compared with the expected_records in its first run, the ids in every run.
    """

    def __init__(self, dataset: Dataset, url: str, scratch: Path) -> None:
        self._dataset, self._url, self._scratch = dataset, url, scratch
        self._expected, self._compared = Expected(dataset), set[str]()
        self._schema = _schema(dataset.stream)

    def run(self, reader: Reader, latency: int) -> Sample:
        """One run, with `latency` milliseconds before each response. Raises WrongOutput."""
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir(parents=True)
        prepare(
            self._scratch,
            Task(
                url=f"{self._url}/{latency}",
                stream=self._dataset.stream,
                start_date=self._dataset.start_date,
                schema=self._schema,
                folder=str(self._scratch),
                workers=reader.workers,
            ),
        )
        self._requests()
        python = environment_of(reader.environment) / "bin" / "python"
        sample = timed(reader.arguments(self._scratch), self._scratch / OUTPUT, python)
        sample = Sample(sample.seconds, sample.cpu, sample.memory, self._requests())
        try:
            self._check(reader)
        except WrongOutput as wrong:
            raise WrongOutput(f"{reader.title}, {self._dataset.rows} {self._dataset.stream}: {wrong}") from None
        shutil.rmtree(self._scratch)
        return sample

    def _check(self, reader: Reader) -> None:
        self._expected.check_ids(reader.records(self._scratch))
        if reader.name not in self._compared and reader.name != "dlt-load":
            self._expected.check_values(reader.records(self._scratch), self._schema, reader.keeps_values)
            self._compared.add(reader.name)

    def _requests(self) -> int:
        with urllib.request.urlopen(f"{self._url}/requests") as response:
            return int(response.read())


@cache
def _schema(stream: str) -> Mapping[str, Any]:
    return declared_schema(MANIFEST, stream)
