"""`make bench` and `make bench-small`: run the benchmark, print its tables, write its results.

It fails when a candidate fails or writes other records than the data set's, never because anything is slow.
"""

import argparse
import compileall
import json
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from integration_tests.support.paths import ROOT
from integration_tests.tools.benchmark import hourly, report
from integration_tests.tools.benchmark.candidate import CANDIDATES
from integration_tests.tools.benchmark.checking import WrongOutput
from integration_tests.tools.benchmark.data import dataset
from integration_tests.tools.benchmark.machine import machine, versions
from integration_tests.tools.benchmark.measuring import Course, Sample, ceiling, served, timed
from integration_tests.tools.benchmark.plan import FULL, SMALL, Comparison, Plan
from integration_tests.tools.benchmark.stats import summary

CACHE = ROOT / ".cache" / "benchmark"
RESULTS = Path(__file__).with_name("results.json")
_STARTS: Mapping[str, list[str]] = {"spec": ["main.py", "spec"], "import": ["-c", "import airbyte_cdk.entrypoint"]}


def measured(plan: Plan) -> dict[str, Any]:
    """The results of all runs of a plan. Raises WrongOutput."""
    begin, about = time.monotonic(), machine()
    results: dict[str, Any] = {"machine": about, "versions": versions(), "rows": plan.rows, "bytes_per_row": {}}
    for folder in (sysconfig.get_path("purelib"), str(ROOT / "source_gleap"), str(ROOT / "integration_tests")):
        compileall.compile_dir(folder, quiet=2)
    CACHE.mkdir(parents=True, exist_ok=True)
    starts = [
        {"candidate": name, **_logged(name, run, timed(arguments, CACHE / "start"))}
        for run in range(plan.starts)
        for name, arguments in _STARTS.items()
    ]
    results["starts"] = summary(starts, ("candidate",), lambda run: ("cpu", "memory"))
    results["hourly"] = summary(
        _hourly(plan), ("candidate", "latency"), lambda run: () if run["latency"] else ("cpu", "memory", "requests")
    )
    results["comparisons"] = summary(
        _comparisons(plan, results), ("candidate", "latency"), lambda run: () if run["latency"] else _ALL
    )
    results["sizes"] = summary(
        _sizes(plan, results), ("candidate", "stream", "rows"), lambda run: ("cpu", "memory", "requests")
    )
    return results | {"minutes": round((time.monotonic() - begin) / 60, 1)}


_ALL = ("fastest", "slowest", "cpu", "memory", "requests")


def _hourly(plan: Plan) -> Iterator[dict[str, Any]]:
    names = [name for comparison in plan.hourly for name in comparison.candidates]
    with hourly.course(names, CACHE / "hourly", plan.responses) as course:
        yield from _in_turns(plan.hourly, course.run, "hourly sync, ")


def _comparisons(plan: Plan, results: dict[str, Any]) -> Iterator[dict[str, Any]]:
    data = dataset("tickets", plan.rows, CACHE)
    results["bytes_per_row"][data.folder.name] = round(data.bytes_per_row)
    with served(data) as url:
        results["ceiling"] = [ceiling(data, url, connections) for connections in (1, 4)]
        course = Course(data, url, CACHE / "run")
        yield from _in_turns(plan.comparisons, lambda name, latency: course.run(CANDIDATES[name], latency))


def _in_turns(
    comparisons: Iterable[Comparison], run: Callable[[str, int], Sample], prefix: str = ""
) -> Iterator[dict[str, Any]]:
    for comparison in comparisons:
        for number in range(comparison.runs):
            for name in comparison.candidates:
                logged = _logged(f"{prefix}{name} at {comparison.latency} ms", number, run(name, comparison.latency))
                yield {"candidate": name, "latency": comparison.latency, **logged}


def _sizes(plan: Plan, results: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for size in plan.sizes:
        data = dataset(size.stream, size.rows, CACHE)
        results["bytes_per_row"][data.folder.name] = round(data.bytes_per_row)
        with served(data) as url:
            course = Course(data, url, CACHE / "run")
            for run in range(size.runs):
                sample = _logged(f"{size.rows} {size.stream}", run, course.run(CANDIDATES[size.candidate], 0))
                yield {"candidate": size.candidate, "stream": size.stream, "rows": size.rows, **sample}


def _logged(what: str, run: int, sample: Sample) -> dict[str, float]:
    """The sample as it is kept; says how it went, on standard error."""
    print(
        f"  {what}, run {run + 1}: {sample.seconds:.2f} s, CPU {sample.cpu:.2f} s, {sample.memory:.0f} MB",
        file=sys.stderr,
    )
    return asdict(sample)


def as_text(results: Mapping[str, Any]) -> str:
    """Results as JSON, a figure on each line."""
    lines = (f" {json.dumps(name)}: {_items(value)}" for name, value in results.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _items(value: Any) -> str:
    if not isinstance(value, list):
        return json.dumps(value)
    return "[" + ",".join(f"\n  {json.dumps(item)}" for item in value) + "\n ]"


def show(results: Mapping[str, Any]) -> None:
    """Prints the tables."""
    if report.is_busy(results):
        print(f"The machine was busy (load {results['machine']['load']:.1f}): take the figures as provisional.\n")
    for part in (report.hourly, report.times, report.costs, report.sizes, report.starts, report.ceiling):
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
        RESULTS.write_text(as_text(results))
        write_document(results, ROOT / "docs")


if __name__ == "__main__":
    main()
