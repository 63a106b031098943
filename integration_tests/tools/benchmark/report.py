"""The benchmark's tables, for the terminal and for `docs/benchmarks.md`."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from integration_tests.tools.benchmark.candidate import CANDIDATES
from integration_tests.tools.benchmark.hourly import CHANGES, HOURLY_CANDIDATES, RESPONSES, SURVEYS
from integration_tests.tools.benchmark.plan import ALL, HOURLY
from integration_tests.tools.benchmark.stats import (
    Figure,
    Results,
    comparison,
    kept,
    sequential_latencies,
    size,
    targets,
)
from integration_tests.tools.benchmark.stats import hourly as hourly_figure

_BUSY = 0.5  # load average, in processes
_PROFILE = Path(__file__).with_name("profile.md")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its columns padded so that it reads well as text; all but the first one right-aligned."""
    cells = [list(head), *map(list, rows)]
    widths = [max(len(row[number]) for row in cells) for number in range(len(head))]

    def line(row: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if not at else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = [":" + "-" * (width - 1) if not at else "-" * (width - 1) + ":" for at, width in enumerate(widths)]
    return "\n".join([line(cells[0]), line(rule), *map(line, cells[1:])])


def hourly(results: Results) -> str:
    """Wall times and costs of the hourly sync."""
    columns = sorted({found["latency"] for found in results["hourly"]})
    rows = []
    for name in HOURLY:
        if found := hourly_figure(results, name, 0):
            times = [_seconds(hourly_figure(results, name, latency)) for latency in columns]
            in_sequence = sequential_latencies(results, name)
            costs = [f"{found.requests:.0f}", "" if in_sequence is None else f"{in_sequence:.1f}", f"{found.cpu:.2f}"]
            rows.append([HOURLY_CANDIDATES[name].title, *times, *costs, f"{found.memory:.0f}"])
    costs = ["requests", "sequential latencies", "CPU time, s", "peak memory, MB"]
    return table(["wall time, seconds", *(f"{latency} ms a request" for latency in columns), *costs], rows)


def latencies(results: Results) -> list[int]:
    """The latencies that candidates were run at."""
    return sorted({run["latency"] for run in results["comparisons"]})


def times(results: Results) -> str:
    """Wall times of all candidates at all latencies."""
    columns = latencies(results)
    rows = [
        [CANDIDATES[name].title, *(_seconds(comparison(results, name, latency)) for latency in columns)]
        for name in (*ALL, "dlt-load")
        if any(comparison(results, name, latency) for latency in columns)
    ]
    return table(["wall time, seconds", *(f"{latency} ms a page" for latency in columns)], rows)


def costs(results: Results) -> str:
    """What the candidates cost, without latency."""
    rows = []
    for name in (*ALL, "dlt-load"):
        if found := comparison(results, name, 0):
            spread = f"{found.fastest:.1f} to {found.slowest:.1f}"
            rows.append([CANDIDATES[name].title, *_costs(found, results["rows"]), spread])
    return table(["at 0 ms a page", *_COSTS, "range, s"], rows)


def sizes(results: Results) -> str:
    """What the connector costs as the data grows."""
    rows = []
    for stream, count in sorted(
        {(run["stream"], run["rows"]) for run in results["sizes"]}, key=lambda key: (key[0] != "tickets", key)
    ):
        if found := size(results, stream, count):
            rows.append(
                [f"{count:,} {stream}", *_costs(found, count), f"{results['bytes_per_row'][f'{stream}-{count}']:,.0f}"]
            )
    return table(["this connector, 0 ms a page", *_COSTS, "bytes a row"], rows)


def goals(results: Results) -> str:
    """The targets, what was measured, and whether they are met."""
    words = {True: "met", False: "**not met**", None: "not measured"}
    rows = [
        [
            target.text,
            f"{target.limit:g}{target.unit}",
            "" if target.measured is None else f"{target.measured:.3g}{target.unit}",
            words[target.is_met],
        ]
        for target in targets(results)
    ]
    return table(["target", "at most", "measured", ""], rows)


def ceiling(results: Results) -> str:
    """What the server gives a client that does nothing with it."""
    rows = [
        [
            f"{found['connections']} connections",
            f"{found['requests']:,.0f}",
            f"{found['rows']:,.0f}",
            f"{found['megabytes']:,.0f}",
        ]
        for found in results["ceiling"]
    ]
    return table(["the page server's ceiling", "pages/s", "rows/s", "MB/s"], rows)


def starts(results: Results) -> str:
    """Start-up."""
    rows = []
    for name, title in (("spec", "`python main.py spec`"), ("import", '`python -c "import airbyte_cdk.entrypoint"`')):
        if found := kept(results["starts"], candidate=name):
            rows.append([title, f"{found.seconds:.2f}", f"{found.cpu:.2f}", f"{found.memory:.0f}"])
    return table(["start-up", "wall time, s", "CPU time, s", "peak memory, MB"], rows)


def is_busy(results: Results) -> bool:
    """Whether other programs were running when the benchmark was started."""
    return bool(results["machine"]["load"] > _BUSY)


def document(results: Results) -> str:
    """`docs/benchmarks.md`."""
    machine, rows = results["machine"], results["rows"]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    warning = (
        f"**The machine was not quiet: its load was {machine['load']:.1f} when the run began. The figures are "
        "provisional.**\n\n"
        if is_busy(results)
        else ""
    )
    return f"""\
# Benchmarks

What users wait for, compared with other readers: whole processes with their start-up.

{warning}{_hourly_part(results)}## First load

{rows:,} tickets of {results["bytes_per_row"][f"tickets-{rows}"]:,.0f} bytes.

![Wall time of each candidate by latency](benchmark-latency.svg)

{times(results)}

Empty cells were not run. Gleap allows 1000 requests a minute, 16,667 rows a second at most. This connector keeps to
900, the others to no limit. Gleap's own latency is not known.

{costs(results)}

![Wall time by number of workers](benchmark-workers.svg)

![Time and memory by number of rows](benchmark-size.svg)

{sizes(results)}

{starts(results)}

{_met(results)}

{_PROFILE.read_text()}## Method

- **This connector** as a user runs it: `python main.py read`, two passes for tickets, no row lost.
- **Stock low-code manifest**: the same fields with the CDK's stock components and offset pagination. It writes JSON
  fields in Python's notation and keeps undeclared fields, so it does less work.
- **Singer SDK tap**: as the SDK's template makes one, with `post_process` for the fields; in the hourly sync with a
  bookmark for each survey.
- **dlt rest_api**, the extract step: uncompressed JSON lines on disk. *8 ranges*: the year in eight parallel
  resources. *Into DuckDB*: its next two steps as well, which no other candidate takes. In the hourly sync the
  resources are set up as its documentation does, with an `incremental` cursor and a `lag` of an hour.
- **Bare loop**: requests, orjson, the same fields; no retries, no state, no checks.

All but this connector read by offset in one pass, list after list, which takes fewer requests and
[loses rows](no-loss.md). All request pages of 1000 rows and write all records into a file. Every run must write each
record once, in the hourly sync each changed record; the first run of each candidate must have the values of the
declared fields. The hourly sync reads from the emulator. For first loads another process serves the emulator's rows,
rendered beforehand and uncompressed, over keep-alive connections. Waits overlap.

{ceiling(results)}

Medians of {_runs(results)}, candidates in turns, bytecode compiled beforehand.
Memory is the largest `ru_maxrss` of all runs.

- {machine["date"]}: {machine["cpu"]}, {machine["cores"]} cores, {machine["memory"]:.0f} GiB memory,
  {machine["system"]}, load {machine["load"]:.1f} at the start
- Python {machine["python"]}, {versions}
{"".join(f"- {note}" + chr(10) for note in results.get("notes", ()))}
`make bench` repeats it and writes this page: {results["minutes"]:.0f} minutes here, 4 GB of disk under `.cache`.
`make bench-small` checks in a minute that every candidate works and reads the same records.
"""


def _hourly_part(results: Results) -> str:
    if not results["hourly"]:
        return ""
    return f"""\
## The hourly sync

Tickets, contacts, messages, teams, surveys and responses of a project with {SURVEYS} surveys and
{RESPONSES:,} responses, in which {sum(CHANGES.values())} records changed since the last sync.

{hourly(results)}

*Sequential latencies*: seconds at 1000 ms a request less those at 0 ms.

"""


_COSTS = ("wall time, s", "rows/s", "CPU time, s", "peak memory, MB", "requests")


def _costs(found: Figure, rows: int) -> list[str]:
    return [
        f"{found.seconds:.2f}",
        f"{rows / found.seconds:,.0f}",
        f"{found.cpu:.2f}",
        f"{found.memory:.0f}",
        f"{found.requests:.0f}",
    ]


def _met(results: Results) -> str:
    judged = targets(results)
    missed = [
        f"{target.text}: {target.measured:.3g}{target.unit} instead of {target.limit:g}{target.unit}"
        for target in judged
        if target.is_met is False and target.measured is not None
    ]
    met = sum(target.is_met is True for target in judged)
    unknown = [target.text for target in judged if target.is_met is None]
    return (
        f"{met} of {len(judged)} targets are met. Missed: {'; '.join(missed) or 'none'}."
        f"{' Not measured: ' + '; '.join(unknown) + '.' if unknown else ''}"
    )


def _seconds(found: Figure | None) -> str:
    return f"{found.seconds:.2f}{'*' if found.runs < 3 else ''}" if found else ""


def _runs(results: Results) -> str:
    counts = sorted({found["runs"] for found in results["comparisons"]} - {1})
    return f"{' or '.join(map(str, counts)) or 'single'} runs, with an asterisk of one run"
