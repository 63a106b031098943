"""The candidates of the benchmark: how each is started, and how its output is read."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import orjson
import yaml

from integration_tests.tools.benchmark.candidates.stock_manifest import manifest
from integration_tests.tools.benchmark.candidates.task import HEADERS, Task

Record = dict[str, Any]
OUTPUT = "output"
_CANDIDATES = "integration_tests.tools.benchmark.candidates"


@dataclass(frozen=True)
class Candidate:
    """A candidate.

    :param name: unique, also in the results
    :param title: what the report calls it
    :param arguments: what Python is started with, for a folder that `prepare` filled
    :param records: the records in such a folder once it is done
    :param environment: the name of the peer whose environment it runs in; None: the connector's
    :param workers: pages to read at once; None: the candidate's own default, or it has no such setting
    :param keeps_values: its records have the expected_records's values; if not, JSON fields may be in another notation
    """

    name: str
    title: str
    arguments: Callable[[Path], list[str]]
    records: Callable[[Path], Iterator[Record]]
    workers: int | None = None
    keeps_values: bool = True
    environment: str | None = None


def prepare(folder: Path, task: Task) -> None:
    """Writes the candidates' task into a folder."""
    config: dict[str, Any] = {
        "api_key": "key",
        "project_id": HEADERS["Project"],
        "start_date": task.start_date,
        "api_url": task.url,
    }
    if task.workers:
        config["num_workers"] = task.workers
    (folder / "task.json").write_text(json.dumps(asdict(task)))
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "catalog.json").write_text(json.dumps(airbyte_catalog([task.stream])))
    (folder / "stock_manifest.yaml").write_text(yaml.safe_dump(manifest(task)))


def airbyte_catalog(streams: Iterable[str]) -> dict[str, Any]:
    """A configured catalog of these streams."""
    modes = ["full_refresh", "incremental"]
    return {
        "streams": [
            {
                "stream": {"name": name, "json_schema": {}, "supported_sync_modes": modes},
                "sync_mode": "incremental",
                "destination_sync_mode": "append",
            }
            for name in streams
        ]
    }


def declared_schema(manifest_path: Path, stream: str) -> Mapping[str, Any]:
    """The JSON schema of a stream of this connector, its references to types resolved."""
    document = yaml.safe_load(manifest_path.read_text())
    types = document["definitions"]["types"]
    properties = {}
    for name, field in document["schemas"][stream]["properties"].items():
        own = {keyword: value for keyword, value in field.items() if keyword not in ("$ref", "description")}
        properties[name] = {**types[field["$ref"].rpartition("/")[2]], **own}
    return {"type": "object", "properties": properties}


def _airbyte_command(*start: str) -> Callable[[Path], list[str]]:
    def arguments(folder: Path) -> list[str]:
        options = ["--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")]
        return [part.format(folder=folder) for part in start] + options

    return arguments


def program(name: str, *options: str) -> Callable[[Path], list[str]]:
    """What Python is started with for one of the programs in `candidates`."""
    return lambda folder: ["-m", f"{_CANDIDATES}.{name}", str(folder / "task.json"), *options]


def lines(path: Path) -> Iterator[Any]:
    """The documents of a file of JSON lines."""
    with path.open("rb") as file:
        yield from map(orjson.loads, file)


def _plain(folder: Path) -> Iterator[Record]:
    yield from lines(folder / OUTPUT)


def _airbyte(folder: Path) -> Iterator[Record]:
    for message in lines(folder / OUTPUT):
        if message["type"] == "RECORD":
            yield message["record"]["data"]


def _singer(folder: Path) -> Iterator[Record]:
    for message in lines(folder / OUTPUT):
        if message["type"] == "RECORD":
            yield message["record"]


def _dlt_package(folder: Path) -> Iterator[Record]:
    for path in folder.glob("gleap/normalize/extracted/*/new_jobs/*.typed-jsonl"):
        if not path.name.startswith("_dlt"):
            for rows in lines(path):
                yield from rows if isinstance(rows, list) else [rows]


def _dlt_database(folder: Path) -> Iterator[Record]:
    stream = json.loads((folder / "task.json").read_bytes())["stream"]
    with duckdb.connect(str(folder / "dlt.duckdb"), read_only=True) as database:
        for (record_id,) in database.execute(f"SELECT id FROM gleap_dataset.{stream}").fetchall():
            yield {"id": record_id}


def _ours(workers: int | None) -> Candidate:
    name = f"ours-{workers}" if workers else "ours"
    title = f"this connector, {workers or 4} worker{'' if workers == 1 else 's'}"
    return Candidate(name, title, _airbyte_command("main.py", "read"), _airbyte, workers)


def _dlt(
    name: str, title: str, command: str, records: Callable[[Path], Iterator[Record]], workers: int | None = None
) -> Candidate:
    return Candidate(name, title, program("dlt_source", command), records, workers, environment="dlt")


_STOCK = _airbyte_command("-m", f"{_CANDIDATES}.stock_manifest", "{folder}/stock_manifest.yaml")

CANDIDATES: Mapping[str, Candidate] = {
    candidate.name: candidate
    for candidate in (
        _ours(None),
        _ours(1),
        _ours(2),
        _ours(8),
        Candidate("stock", "stock low-code manifest", _STOCK, _airbyte, keeps_values=False),
        Candidate("singer", "Singer SDK tap", program("singer_tap"), _singer, environment="singer"),
        _dlt("dlt", "dlt rest_api, extract", "extract", _dlt_package),
        _dlt("dlt-8", "dlt rest_api, extract, 8 ranges in parallel", "extract", _dlt_package, workers=8),
        _dlt("dlt-load", "dlt rest_api, into DuckDB", "load", _dlt_database),
        Candidate("bare", "bare loop of requests and orjson", program("bare_loop"), _plain),
    )
}
