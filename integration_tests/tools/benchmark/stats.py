"""From single runs to medians, and from medians to whether the targets are met."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """Medians of the runs of one candidate on one data set at one latency; `slowest` and `fastest` of the times."""

    runs: int
    seconds: float
    fastest: float
    slowest: float
    cpu: float
    memory: float
    requests: float


def figure(samples: Iterable[Mapping[str, float]]) -> Figure | None:
    """The medians of some runs; None if there are none."""
    taken = list(samples)
    if not taken:
        return None
    columns = {name: [sample[name] for sample in taken] for name in ("seconds", "cpu", "memory", "requests")}
    return Figure(
        runs=len(taken),
        fastest=min(columns["seconds"]),
        slowest=max(columns["seconds"]),
        **{name: median(values) for name, values in columns.items()},
    )


def contest(results: Results, reader: str, latency: int) -> Figure | None:
    """A candidate's figure at one latency, side by side with the others."""
    return figure(run for run in results["contests"] if (run["reader"], run["latency"]) == (reader, latency))


def size(results: Results, stream: str, rows: int) -> Figure | None:
    """The connector's figure for a number of rows."""
    return figure(run for run in results["sizes"] if (run["stream"], run["rows"]) == (stream, rows))


@dataclass(frozen=True)
class Target:
    """Something that shall hold. `measured` is None if the plan had no such runs."""

    text: str
    measured: float | None
    limit: float
    unit: str = ""

    @property
    def is_met(self) -> bool | None:
        return None if self.measured is None else self.measured <= self.limit


_TIMES = (
    (0, "ours", "stock", 0.5),
    (0, "ours", "singer", 0.75),
    (0, "ours", "dlt", 0.95),
    (200, "ours", "dlt", 0.5),
    (200, "ours", "singer", 0.4),
    (200, "ours", "bare", 0.6),
    (200, "ours-8", "dlt", 0.42),
    (200, "ours-8", "singer", 0.34),
    (200, "ours-8", "bare", 0.5),
    (1000, "ours-8", "bare", 0.25),
)
_NAMES = {"stock": "stock manifest", "singer": "Singer tap", "dlt": "dlt's extract", "bare": "bare loop"}


def targets(results: Results) -> Sequence[Target]:
    """The targets, with what was measured: wall times of whole processes as ratios of medians, memory, start-up."""
    found = []
    for latency, own, other, limit in _TIMES:
        first, second = contest(results, own, latency), contest(results, other, latency)
        workers = "8 workers" if own == "ours-8" else "default settings"
        found.append(
            Target(
                f"time at {latency} ms a page, {workers} / {_NAMES[other]}",
                first.seconds / second.seconds if first and second else None,
                limit,
            )
        )
    compared, all_runs = (
        max((run["memory"] for run in runs if run["reader"] == "ours"), default=None)
        for runs in (results["contests"], [*results["contests"], *results["sizes"]])
    )
    spec, least = (figure(run for run in results["starts"] if run["reader"] == name) for name in ("spec", "import"))
    return [
        *found,
        Target("peak memory, default settings, the largest beside the others", compared, 150, " MB"),
        Target("peak memory, default settings, the largest of all sizes and streams", all_runs, 150, " MB"),
        Target(
            "time of `spec` / import of airbyte_cdk.entrypoint",
            spec.seconds / least.seconds if spec and least else None,
            1.15,
        ),
    ]
