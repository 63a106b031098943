"""The benchmark's plots, as SVG."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure as Canvas

from integration_tests.tools.benchmark.candidate import CANDIDATES
from integration_tests.tools.benchmark.plan import WINDOWED
from integration_tests.tools.benchmark.report import latencies
from integration_tests.tools.benchmark.stats import Results, comparison, size

_COLOURS: Mapping[str, str] = {
    "ours": "#2b7bbb",
    "ours-8": "#0f4c81",
    "stock": "#c77700",
    "singer": "#8a5fb0",
    "dlt": "#2e7d32",
    "dlt-8": "#8bc34a",
    "bare": "#9aa5b1",
}


def draw(results: Results, folder: Path) -> None:
    """Writes `benchmark-latency.svg`, `benchmark-workers.svg` and `benchmark-size.svg` into `folder`."""
    # The same results give the same files, text stays text, and nothing depends on the machine's fonts.
    matplotlib.rcParams.update({"svg.hashsalt": "gleap", "svg.fonttype": "none", "font.family": "sans-serif"})
    for name, draw_on in (("latency", _latency), ("workers", _workers), ("size", _size)):
        canvas = Canvas(figsize=(9, 4.2), layout="constrained")
        draw_on(canvas, results)
        canvas.savefig(folder / f"benchmark-{name}.svg", metadata={"Date": None})


def _latency(canvas: Any, results: Results) -> None:
    axes, columns = canvas.subplots(), latencies(results)
    width = 0.8 / len(_COLOURS)
    for number, (name, colour) in enumerate(_COLOURS.items()):
        found = [comparison(results, name, latency) for latency in columns]
        bars = axes.bar(
            [at + (number - (len(_COLOURS) - 1) / 2) * width for at in range(len(columns))],
            [each.seconds if each else 0 for each in found],
            width,
            color=colour,
            label=CANDIDATES[name].title,
        )
        axes.bar_label(bars, [f"{each.seconds:.0f}" if each else "not\nrun" for each in found], fontsize=7)
    axes.set_xticks(range(len(columns)), [f"{latency} ms a page" for latency in columns])
    axes.set_ylabel("seconds")
    axes.set_title(f"Reading {results['rows']:,} tickets, wall time (less is better)")
    axes.legend(fontsize=8, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


def _workers(canvas: Any, results: Results) -> None:
    axes, counts = canvas.subplots(), [CANDIDATES[name].workers or 4 for name in WINDOWED]
    for latency in latencies(results):
        found = [comparison(results, name, latency) for name in WINDOWED]
        points = [(count, each.seconds) for count, each in zip(counts, found, strict=True) if each]
        axes.plot(*zip(*points, strict=True), marker="o", label=f"{latency} ms a page")
    axes.set_xticks(counts)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("workers (num_workers; 4 is the default)")
    axes.set_ylabel("seconds")
    axes.set_title(f"This connector, {results['rows']:,} tickets")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


def _size(canvas: Any, results: Results) -> None:
    time, memory = canvas.subplots(1, 2)
    for stream in ("tickets", "sessions", "messages"):
        counts = sorted({run["rows"] for run in results["sizes"] if run["stream"] == stream})
        found = [(count, each) for count in counts if (each := size(results, stream, count))]
        for axes, values in ((time, [each.seconds for _, each in found]), (memory, [each.memory for _, each in found])):
            axes.plot([count / 1000 for count, _ in found], values, marker="o", label=stream)
    time.set_title("Wall time, seconds")
    time.set_ylim(bottom=0)
    memory.set_title("Peak memory, MB")
    memory.set_ylim(bottom=0)
    for axes in (time, memory):
        axes.set_xlim(left=0)
        axes.set_xlabel("thousands of rows")
        axes.spines[["top", "right"]].set_visible(False)
    time.legend(frameon=False)
