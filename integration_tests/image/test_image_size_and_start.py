"""What the image costs those who pull it and wait for it. Prints the numbers."""

import json
import statistics
import time
from pathlib import Path

import docker
import pytest
from docker.models.images import Image

from integration_tests.image.container import set_up

pytestmark = pytest.mark.image


def test_image_adds_less_than_333_mb_to_its_base(image: Image, base: Image, capsys: pytest.CaptureFixture[str]) -> None:
    size, below = image.attrs["Size"] / 1e6, base.attrs["Size"] / 1e6
    with capsys.disabled():
        print(
            f"\nimage size: {size:.0f} MB, of which the base is {below:.0f} MB and the connector {size - below:.0f} MB"
        )
    assert size - below < 333


def test_cold_start_of_spec_takes_less_than_30_seconds(
    engine: docker.DockerClient, image: Image, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    container = engine.containers.create(image, ["spec"], **set_up(tmp_path))
    took = []
    try:
        for _ in range(5):
            begin = time.monotonic()
            container.start()
            exit_code = container.wait(timeout=120)["StatusCode"]
            took.append(time.monotonic() - begin)
            assert exit_code == 0
        printed = container.logs(stdout=True, stderr=False, tail=1)
    finally:
        container.remove(force=True)
    with capsys.disabled():
        print(f"\ncold start: `docker start`, spec, exit in {statistics.median(took):.2f} s (median of 5)")
    assert json.loads(printed)["type"] == "SPEC"
    assert statistics.median(took) < 30
