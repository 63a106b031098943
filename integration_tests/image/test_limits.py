"""The image reads within the limits that docs/deploy.md recommends, and beside others of its kind."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import docker
import pytest
from docker.models.images import Image

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.image.limited_container import limited_read
from integration_tests.support.paths import ROOT

pytestmark = pytest.mark.image

DEPLOY = (ROOT / "docs" / "deploy.md").read_text()
TICKETS, DAYS, WORKERS = 60_000, 365, 8


def recommended(setting: str) -> str:
    """The value of a row in the table of deploy.md that says what to request."""
    (value,) = re.findall(rf"^\| {setting} \| `(\S+)` \|", DEPLOY, re.MULTILINE)
    return str(value)


def docker_memory(amount: str) -> str:
    """Kubernetes' notation in Docker's."""
    assert amount.endswith("Mi")
    return amount.replace("Mi", "m")


@pytest.fixture(scope="module")
def _enforced(engine: docker.DockerClient, image: Image) -> None:
    """Skips what needs an engine that enforces limits of memory: in some sandboxes it cannot."""
    too_much = 'held = b"x" * 300_000_000'
    container = engine.containers.create(
        image, ["-c", too_much], entrypoint=["/opt/source-gleap/bin/python"], mem_limit="64m", network_mode="none"
    )
    try:
        container.start()
        ended = container.wait(timeout=60)["StatusCode"]
    finally:
        container.remove(force=True)
    if ended == 0:
        pytest.skip("this container engine enforces no limit of memory")


@contextlib.contextmanager
def large_project() -> Iterator[int]:
    """The port of a server of `TICKETS` tickets."""
    server = [sys.executable, "-m", "integration_tests.support.large_project_server", str(TICKETS), str(DAYS)]
    with subprocess.Popen(server, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield int(process.stdout.readline())
        process.stdin.close()


@pytest.mark.usefixtures("_enforced")
def test_read_of_60000_tickets_fits_recommended_memory_and_cpu(
    engine: docker.DockerClient, image: Image, tmp_path: Path
) -> None:
    start = f"{datetime.now(timezone.utc) - timedelta(days=DAYS, hours=1):%Y-%m-%dT%H:%M:%SZ}"
    with large_project() as port:
        config = GleapEmulator(Project.empty(), port=port).config(start_date=start, num_workers=WORKERS)
        with limited_read(
            engine,
            image,
            tmp_path,
            config,
            memory=docker_memory(recommended("memory limit")),
            cpus=float(recommended("CPU limit")),
        ) as read:
            read.start()
            done = read.outcome()
    assert done.exit_code == 0
    assert sorted(done.ids) == [f"{number:024x}" for number in range(TICKETS)]


def test_parallel_connections_each_read_their_own_project(
    engine: docker.DockerClient, image: Image, tmp_path: Path
) -> None:
    projects = [Project.generate(seed=seed, tickets=300) for seed in (1, 2, 3)]
    with contextlib.ExitStack() as stack:
        reads = []
        for number, project in enumerate(projects):
            folder = tmp_path / str(number)
            folder.mkdir()
            emulator = stack.enter_context(GleapEmulator(project))
            reads.append(stack.enter_context(limited_read(engine, image, folder, emulator.config())))
        for read in reads:
            read.start()
        done = [read.outcome() for read in reads]
    assert [outcome.exit_code for outcome in done] == [0, 0, 0]
    assert [sorted(outcome.ids) for outcome in done] == [
        sorted(project.expected_records["tickets"]) for project in projects
    ]


@pytest.mark.parametrize("retry_after", [None, 1])
def test_two_connections_share_the_rate_limit_and_both_complete(
    engine: docker.DockerClient, image: Image, tmp_path: Path, retry_after: int | None
) -> None:
    project = Project.generate(seed=4, tickets=600)
    behavior = Behavior(page_cap=20, requests_per_second=20, retry_after=retry_after)
    with contextlib.ExitStack() as stack:
        emulator = stack.enter_context(GleapEmulator(project, behavior))
        reads = []
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir()
            reads.append(stack.enter_context(limited_read(engine, image, folder, emulator.config())))
        for read in reads:
            read.start()
        done = [read.outcome() for read in reads]
        refused = sum(request.status == 429 for request in emulator.requests)
    assert refused > 0
    assert [outcome.exit_code for outcome in done] == [0, 0]
    assert [sorted(outcome.ids) for outcome in done] == 2 * [sorted(project.expected_records["tickets"])]
