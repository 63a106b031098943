"""What is run: which candidates, at which latencies, on how many rows, how often."""

from dataclasses import dataclass

WINDOWED = ("ours-1", "ours-2", "ours", "ours-8")
ALL = (*WINDOWED, "stock", "singer", "dlt", "dlt-8", "bare")
HOURLY = ("ours", "singer", "dlt", "ours-all")


@dataclass(frozen=True)
class Comparison:
    """Candidates side by side, in turns.

    :param latency: milliseconds before each response
    :param candidates: names of candidates
    """

    latency: int
    candidates: tuple[str, ...]
    runs: int = 5


@dataclass(frozen=True)
class Size:
    """One candidate on a data set of another size or stream, without latency."""

    stream: str
    rows: int
    runs: int = 3
    candidate: str = "ours"


@dataclass(frozen=True)
class Plan:
    """A whole benchmark.

    :param hourly: of the hourly sync
    :param responses: to surveys in the hourly sync's project
    :param rows: tickets in the comparisons
    :param starts: how often `spec` is run, beside the import that it cannot do without
    """

    hourly: tuple[Comparison, ...]
    responses: int
    rows: int
    comparisons: tuple[Comparison, ...]
    sizes: tuple[Size, ...]
    starts: int


# What no target names is run once where there is latency: it takes long, and varies little.
FULL = Plan(
    hourly=(
        Comparison(0, HOURLY, runs=3),
        Comparison(200, ("ours", "ours-all"), runs=3),
        Comparison(200, ("singer", "dlt"), runs=1),
        Comparison(1000, ("ours", "ours-all"), runs=3),
        Comparison(1000, ("singer", "dlt"), runs=1),
    ),
    responses=20_000,
    rows=50_000,
    comparisons=(
        Comparison(0, ("ours", "singer", "dlt")),
        Comparison(0, ("ours-1", "ours-2", "ours-8", "stock", "dlt-8", "bare", "dlt-load"), runs=3),
        Comparison(200, ("ours", "ours-8", "singer", "dlt", "bare"), runs=3),
        Comparison(200, ("ours-1", "ours-2", "dlt-8"), runs=1),
        Comparison(1000, ("ours", "ours-8", "dlt-8"), runs=3),
        Comparison(1000, ("ours-2", "singer", "dlt", "bare"), runs=1),
    ),
    sizes=(
        Size("tickets", 10_000),
        Size("tickets", 50_000),
        Size("tickets", 200_000),
        Size("tickets", 1_000_000, runs=1),
        Size("sessions", 200_000),
        Size("messages", 200_000),
    ),
    starts=9,
)

# Every candidate once, every stream, a latency: to see that the benchmark works, not how fast anything is.
SMALL = Plan(
    hourly=(Comparison(0, HOURLY, runs=1),),
    responses=1_000,
    rows=5_000,
    comparisons=(
        Comparison(0, ("ours", "ours-8", "stock", "singer", "dlt", "dlt-8", "dlt-load", "bare"), runs=1),
        Comparison(50, ("ours", "bare"), runs=1),
    ),
    sizes=(Size("sessions", 2_000, runs=1), Size("messages", 2_000, runs=1)),
    starts=1,
)
