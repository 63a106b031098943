"""`make bench` and `make bench-small`: run the benchmark, print its tables, write its results.

It fails when a candidate fails or writes other records than the data set's, never because anything is slow.
"""

import argparse
import compileall
import json
import sys
import sysconfig
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from integration_tests.support.paths import ROOT
from integration_tests.tools.benchmark import report
from integration_tests.tools.benchmark.candidate import READERS
from integration_tests.tools.benchmark.checking import WrongOutput
from integration_tests.tools.benchmark.data import dataset
from integration_tests.tools.benchmark.machine import machine, versions
from integration_tests.tools.benchmark.measuring import Course, Sample, ceiling, served, timed
from integration_tests.tools.benchmark.plan import FULL, SMALL, Plan

CACHE = ROOT / ".cache" / "benchmark"
RESULTS = Path(__file__).with_name("results.json")
_STARTS: Mapping[str, list[str]] = {"spec": ["main.py", "spec"], "import": ["-c", "import airbyte_cdk.entrypoint"]}


def measured(plan: Plan) -> dict[str, Any]:
    """The results of all runs of a plan. Raises WrongOutput."""
    begin, about = time.monotonic(), machine()
    results: dict[str, Any] = {"machine": about, "versions": versions(), "plan": asdict(plan)}
    results |= {"bytes_per_row": {}, "contests": [], "sizes": [], "starts": []}
    for folder in (sysconfig.get_path("purelib"), str(ROOT / "source_gleap"), str(ROOT / "integration_tests")):
        compileall.compile_dir(folder, quiet=2)
    for run in range(plan.starts):
        for name, arguments in _STARTS.items():
            CACHE.mkdir(parents=True, exist_ok=True)
            results["starts"].append({"reader": name, **_told(name, run, timed(arguments, CACHE / "start"))})
    _contests(plan, results)
    _sizes(plan, results)
    return results | {"minutes": (time.monotonic() - begin) / 60}


def _contests(plan: Plan, results: dict[str, Any]) -> None:
    data = dataset("tickets", plan.rows, CACHE)
    results["bytes_per_row"][data.folder.name] = data.bytes_per_row
    with served(data) as url:
        results["ceiling"] = [ceiling(data, url, connections) for connections in (1, 4)]
        course = Course(data, url, CACHE / "run")
        for contest in plan.contests:
            for run in range(contest.runs):
                for name in contest.readers:
                    sample = _told(f"{name} at {contest.latency} ms", run, course.run(READERS[name], contest.latency))
                    results["contests"].append({"reader": name, "latency": contest.latency, **sample})


def _sizes(plan: Plan, results: dict[str, Any]) -> None:
    for size in plan.sizes:
        data = dataset(size.stream, size.rows, CACHE)
        results["bytes_per_row"][data.folder.name] = data.bytes_per_row
        with served(data) as url:
            course = Course(data, url, CACHE / "run")
            for run in range(size.runs):
                sample = _told(f"{size.rows} {size.stream}", run, course.run(READERS[size.reader], 0))
                results["sizes"].append({"reader": size.reader, "stream": size.stream, "rows": size.rows, **sample})


def _told(what: str, run: int, sample: Sample) -> dict[str, float]:
    """The sample as it is kept; says how it went, on standard error."""
    print(
        f"  {what}, run {run + 1}: {sample.seconds:.2f} s, CPU {sample.cpu:.2f} s, {sample.memory:.0f} MB",
        file=sys.stderr,
    )
    return {name: round(value, 3) for name, value in asdict(sample).items()}


def show(results: Mapping[str, Any]) -> None:
    """Prints the tables."""
    if report.is_busy(results):
        print(f"The machine was busy (load {results['machine']['load']:.1f}): take the figures as provisional.\n")
    for part in (report.times, report.costs, report.sizes, report.starts, report.ceiling):
        print(part(results), end="\n\n")


def write_document(results: Mapping[str, Any], folder: Path) -> None:
    """Writes the page and its plots."""
    from integration_tests.tools.benchmark.plots import draw

    draw(results, folder)
    (folder / "benchmarks.md").write_text(report.document(results))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m integration_tests.tools.benchmark", description=__doc__)
    parser.add_argument("--small", action="store_true", help="5,000 rows, one run each, nothing is written")
    parser.add_argument("--render", action="store_true", help="write docs/benchmarks.md from results.json again")
    options = parser.parse_args()
    if options.render:
        write_document(json.loads(RESULTS.read_text()), ROOT / "docs")
        return
    try:
        results = measured(SMALL if options.small else FULL)
    except WrongOutput as wrong:
        sys.exit(f"The benchmark is broken: {wrong}")
    show(results)
    if options.small:
        CACHE.joinpath("small").mkdir(exist_ok=True)
        write_document(results, CACHE / "small")
    else:
        print(report.goals(results))
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        write_document(results, ROOT / "docs")


if __name__ == "__main__":
    main()
