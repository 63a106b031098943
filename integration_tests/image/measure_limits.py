"""Measures the image within limits of CPU and memory, for docs/deploy.md, and prints a table of it.

`python -m integration_tests.image.measure_limits CPUS,MEMORY,WORKERS,LATENCY ...`, such as `1,512m,8,200`; `-` is no
limit.
The latency is in milliseconds. It reads the benchmark's tickets, and so needs what `make bench` does, and the image.
"""

import argparse
import sys
import tempfile
import urllib.request
from pathlib import Path

import docker

from integration_tests.image.conftest import NAME
from integration_tests.image.limited_container import limited_read
from integration_tests.support.paths import ROOT
from integration_tests.tools.benchmark.candidates.task import HEADERS
from integration_tests.tools.benchmark.data import Dataset, dataset
from integration_tests.tools.benchmark.measuring import served


def measured(engine: docker.DockerClient, data: Dataset, url: str, case: str) -> str:
    """A row of the table."""
    cpus, memory, workers, latency = case.split(",")
    config = {
        "api_key": "key",
        "project_id": HEADERS["Project"],
        "start_date": data.start_date,
        "api_url": f"{url}/{latency}",
        "num_workers": int(workers),
    }
    counter = f"{url}/requests"
    with tempfile.TemporaryDirectory() as folder, urllib.request.urlopen(counter):
        with limited_read(
            engine,
            engine.images.get(NAME),
            Path(folder),
            config,
            memory=None if memory == "-" else memory,
            cpus=None if cpus == "-" else float(cpus),
        ) as read:
            read.start()
            done = read.outcome()
        ids = done.ids
        with urllib.request.urlopen(counter) as response:
            requests = int(response.read())
    whole = done.exit_code == 0 and len(ids) == len(set(ids)) == data.rows
    ended = f"{done.seconds:.1f}" if whole else f"ended with {done.exit_code} after {len(ids)} tickets"
    return (
        f"| {cpus} | {memory} | {workers} | {latency} | {ended} | {done.cpu:.1f} | {requests} "
        f"| {requests / done.seconds:.1f} | {done.memory:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="+")
    parser.add_argument("--tickets", type=int, default=100_000)
    options = parser.parse_args()
    data = dataset("tickets", options.tickets, ROOT / ".cache" / "benchmark")
    print(f"{data.rows} tickets of {data.bytes_per_row:.0f} bytes")
    print("| CPUs | memory | workers | latency, ms | seconds | CPU seconds | requests | requests/s | peak, MB |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    engine = docker.from_env(timeout=600)
    with served(data) as url:
        for case in options.cases:
            print(measured(engine, data, url, case))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
