"""From single runs to medians, and from medians to whether the targets are met."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import median
from typing import Any

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """Some runs alike: medians; `slowest` and `fastest` of the times; the most memory of any. 0: not kept."""

    runs: int
    seconds: float
    fastest: float = 0
    slowest: float = 0
    cpu: float = 0
    memory: float = 0
    requests: float = 0


def figure(samples: Sequence[Mapping[str, Any]]) -> Figure:
    """The figure of some runs, of which there is at least one."""
    columns = {name: [sample[name] for sample in samples] for name in ("seconds", "cpu", "memory", "requests")}
    return Figure(
        runs=len(samples),
        seconds=median(columns["seconds"]),
        fastest=min(columns["seconds"]),
        slowest=max(columns["seconds"]),
        cpu=median(columns["cpu"]),
        memory=max(columns["memory"]),
        requests=median(columns["requests"]),
    )


def summary(
    runs: Iterable[Mapping[str, Any]], keys: Sequence[str], shown: Callable[[Mapping[str, Any]], Sequence[str]]
) -> list[dict[str, Any]]:
    """What results keep of runs: for those of the same `keys` the numbers of their figure that a page shows.

    :param shown: the names of these numbers, for a run
    """
    alike: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for run in runs:
        alike.setdefault(tuple(run[key] for key in keys), []).append(run)
    return [
        {
            **dict(zip(keys, values, strict=True)),
            **{name: round(getattr(figure(found), name), 3) for name in ("runs", "seconds", *shown(found[0]))},
        }
        for values, found in alike.items()
    ]


def kept(figures: Iterable[Mapping[str, Any]], **keys: Any) -> Figure | None:
    """The figure with these keys in a summary; None if there is none."""
    for found in figures:
        if all(found[name] == value for name, value in keys.items()):
            return Figure(**{each.name: found[each.name] for each in fields(Figure) if each.name in found})
    return None


def comparison(results: Results, candidate: str, latency: int) -> Figure | None:
    """A candidate's figure at one latency, side by side with the others."""
    return kept(results["comparisons"], candidate=candidate, latency=latency)


def hourly(results: Results, candidate: str, latency: int) -> Figure | None:
    """A candidate's figure for the hourly sync at one latency."""
    return kept(results["hourly"], candidate=candidate, latency=latency)


def size(results: Results, stream: str, rows: int) -> Figure | None:
    """The connector's figure for a number of rows."""
    return kept(results["sizes"], stream=stream, rows=rows)


def sequential_latencies(results: Results, candidate: str) -> float | None:
    """How many latencies of the hourly sync pass one after the other."""
    none, second = hourly(results, candidate, 0), hourly(results, candidate, 1000)
    return round(second.seconds - none.seconds, 1) if none and second else None


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
    (1000, "ours-8", "dlt-8", 0.9),
)
_NAMES = {
    "stock": "stock manifest",
    "singer": "Singer tap",
    "dlt": "dlt's extract",
    "dlt-8": "dlt's 8 ranges",
    "bare": "bare loop",
}


def targets(results: Results) -> Sequence[Target]:
    """The targets, with what was measured: wall times of whole processes as ratios of medians, memory, start-up."""
    found = []
    for latency, own, other, limit in _TIMES:
        first, second = comparison(results, own, latency), comparison(results, other, latency)
        workers = "8 workers" if own == "ours-8" else "default settings"
        found.append(
            Target(
                f"time at {latency} ms a page, {workers} / {_NAMES[other]}",
                first.seconds / second.seconds if first and second else None,
                limit,
            )
        )
    compared, all_sizes = (
        max((found["memory"] for found in figures if found["candidate"] == "ours" and "memory" in found), default=None)
        for figures in (results["comparisons"], [*results["comparisons"], *results["sizes"]])
    )
    spec, least = (kept(results["starts"], candidate=name) for name in ("spec", "import"))
    without, ours, dlt = (
        hourly(results, name, latency) for name, latency in (("ours", 0), ("ours", 1000), ("dlt", 1000))
    )
    return [
        Target("hourly sync, requests", without.requests if without else None, 30),
        Target("hourly sync, time at 1000 ms less time at 0 ms", sequential_latencies(results, "ours"), 9, " s"),
        Target(
            "hourly sync, time at 1000 ms / dlt's extract", ours.seconds / dlt.seconds if ours and dlt else None, 0.5
        ),
        *found,
        Target("peak memory, default settings, the largest beside the others", compared, 150, " MB"),
        Target("peak memory, default settings, the largest of all sizes and streams", all_sizes, 150, " MB"),
        Target(
            "time of `spec` / import of airbyte_cdk.entrypoint",
            spec.seconds / least.seconds if spec and least else None,
            1.15,
        ),
    ]
