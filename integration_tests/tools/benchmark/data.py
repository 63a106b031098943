"""Renders a stream of the emulator's records once, as the bytes that a server sends.

A data set is a folder with `rows.json` (the rows, joined by commas, in the order in which the endpoint lists them),
`offsets`, `updated` and `archived` (one number a row, see `Columns`), `expected_records.jsonl` (the records that a
good connector emits, in the same order) and `about.json`.
"""

import json
import shutil
from array import array
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import repeat
from pathlib import Path
from random import Random
from typing import Any

import orjson

from integration_tests.gleap_emulator.project import PROJECT_ID, Project
from integration_tests.gleap_emulator.record_factory import RecordFactory

DAYS = 365
ROWS_PER_BATCH = 10_000  # keeps memory flat, whatever the size of the data set
CUSTOM_FIELDS = 50  # with its declared fields, a contact then has about 80
_LAYOUT = 1  # to be raised when what is rendered changes
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

Record = dict[str, Any]


@dataclass(frozen=True)
class Dataset:
    """Rendered rows of one stream. `start_date`: nothing is older."""

    folder: Path
    stream: str
    rows: int
    start_date: str

    @property
    def expected_records(self) -> Path:
        return self.folder / "expected_records.jsonl"

    @property
    def bytes_per_row(self) -> float:
        return (self.folder / "rows.json").stat().st_size / self.rows


def milliseconds(moment: str) -> int:
    """`YYYY-MM-DDTHH:mm:ss.sssZ` as milliseconds since 1970."""
    return (datetime.fromisoformat(moment[:23]).replace(tzinfo=timezone.utc) - _EPOCH) // _MILLISECOND


def dataset(stream: str, rows: int, cache: Path) -> Dataset:
    """The data set of `rows` records of `stream`, of the year up to today; rendered unless `cache` has it.

    It has to be today's: the connector reads up to the present, and empty windows would cost it requests.
    """
    today = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    folder = cache / f"{stream}-{rows}"
    about = {
        "layout": _LAYOUT,
        "stream": stream,
        "rows": rows,
        "start_date": f"{today - timedelta(days=DAYS):%Y-%m-%dT%H:%M:%SZ}",
    }
    if not (folder / "about.json").exists() or json.loads((folder / "about.json").read_text()) != about:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _render(stream, rows, today, folder)
        (folder / "about.json").write_text(json.dumps(about))
    return Dataset(folder, stream, rows, str(about["start_date"]))


def _render(stream: str, rows: int, end: datetime, folder: Path) -> None:
    offsets, updated, archived, at = array("q", [0]), array("q"), bytearray(), 0
    batches = -(-rows // ROWS_PER_BATCH)
    span = timedelta(days=DAYS) / batches
    sizes = [min(ROWS_PER_BATCH, rows - number * ROWS_PER_BATCH) for number in range(batches)]
    ends = [end - span * (batches - number - 1) for number in range(batches)]  # each of a later part of the year
    with (
        (folder / "rows.json").open("wb") as file,
        (folder / "expected_records.jsonl").open("wb") as expected_records,
        ProcessPoolExecutor() as pool,
    ):
        for batch in pool.map(_batch, repeat(stream), sizes, range(batches), ends, repeat(span)):
            for record, row in batch:
                file.write(row + b",")
                expected_records.write(orjson.dumps(record) + b"\n")
                at += len(row) + 1
                offsets.append(at)
                updated.append(milliseconds(record["updatedAt"]))
                archived.append(bool(record.get("archived")))
    (folder / "offsets").write_bytes(offsets.tobytes())
    (folder / "updated").write_bytes(updated.tobytes())
    (folder / "archived").write_bytes(archived)


def _batch(stream: str, count: int, seed: int, end: datetime, span: timedelta) -> list[tuple[Record, bytes]]:
    """Records and their rows, last changed within `span` before `end`, in the order in which they are listed."""
    project = _project(stream, count, seed, end, span)
    # Gleap lists messages conversation by conversation, whatever order is asked for (docs/API.md 3.3).
    order = ("ticket", "createdAt") if stream == "messages" else ("updatedAt", "id")
    records = sorted(project.expected_records[stream].values(), key=lambda record: [record[name] for name in order])
    return [(dict(record), project.collections[stream].row(record["id"])) for record in records[:count]]


def _project(stream: str, count: int, seed: int, end: datetime, span: timedelta) -> Project:
    """A project that holds at least `count` records of `stream`, last changed within `span` before `end`."""
    days = span.days or 1  # whole days: what is left over at a batch's start stays empty
    if stream == "sessions":
        project = Project.generate(seed, tickets=30, now=end, days=days)
        content = RecordFactory(
            Random(seed), (end - _EPOCH) // _MILLISECOND, PROJECT_ID, surveys=list(project.expected_records["surveys"])
        )
        for _ in range(count - len(project.expected_records["sessions"])):
            created = content.now - 1 - int(content.rng.random() * (span // _MILLISECOND))
            project.collections["sessions"].put(content.session(created, content.after(created)))
        for record in project.expected_records["sessions"].values():
            project.collections["sessions"].put({**record, "customData": _custom_data(content.rng)})
        return project
    tickets = count if stream == "tickets" else int(count * 0.6)  # nearly two messages a ticket
    project = Project.generate(seed, tickets=tickets, now=end, days=days)
    if len(project.expected_records[stream]) < count:
        raise ValueError(f"a project of {tickets} tickets has only {len(project.expected_records[stream])} {stream}")
    return project


def _custom_data(rng: Random) -> Record:
    """What an app tells about its user: texts, numbers, flags and short lists."""
    makers = (
        lambda: f"value {rng.getrandbits(40):x}",
        lambda: int(rng.random() * 100_000),
        lambda: rng.random() < 0.5,
        lambda: round(rng.random() * 1000, 2),
        lambda: ["größer", "beta", f"{rng.getrandbits(20):x}"],
    )
    return {f"custom_field_{number:02d}": makers[number % len(makers)]() for number in range(CUSTOM_FIELDS)}
