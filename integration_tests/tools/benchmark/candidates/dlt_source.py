"""dlt's rest_api source.

    python -m integration_tests.tools.benchmark.candidates.dlt_source TASK.json extract|load

`extract` writes dlt's own JSON lines into the task's folder; `load` goes on and loads them into DuckDB there.
With `workers`, the year is cut into as many ranges, which dlt reads side by side.
"""

import os
import sys
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

from integration_tests.tools.benchmark.candidates.task import HEADERS, PAGE_SIZE, Task, given, shaper


def resources(task: Task) -> list[dict[str, Any]]:
    """One resource, or for several workers one for each range of dates, all into the same table."""
    shaped = shaper(task.schema)
    bounds: list[dict[str, str]] = [{}]
    if task.workers:
        start = datetime.fromisoformat(task.start_date.replace("Z", "+00:00"))
        step = (datetime.now(timezone.utc) - start) / task.workers
        edges = [start + step * number for number in range(task.workers + 1)]
        bounds = [
            {"updatedAt>": _iso(low), "updatedAt<": _iso(high - timedelta(milliseconds=1))}
            for low, high in pairwise(edges)
        ]
    return [
        {
            "name": f"{task.stream}_{number}",
            "table_name": task.stream,
            "write_disposition": "append",
            "endpoint": {
                "path": task.stream,
                "params": {**task.parameters, **bound},
                "data_selector": task.list_key or "$",
                "paginator": {
                    "type": "offset",
                    "limit": PAGE_SIZE,
                    "offset_param": "skip",
                    "limit_param": "limit",
                    "total_path": "totalCount" if task.list_key else None,
                },
            },
            "processing_steps": [{"map": shaped}],
        }
        for number, bound in enumerate(bounds)
    ]


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def main() -> None:
    task, command = given(Task), sys.argv[2]
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["DATA_WRITER__DISABLE_COMPRESSION"] = "true"  # no other candidate compresses what it writes
    os.environ["EXTRACT__WORKERS"] = str(task.workers or 5)  # 5 is dlt's default
    import dlt
    from dlt.sources.rest_api import rest_api_source

    client = {"base_url": task.url, "headers": HEADERS}
    # Of the source: it overrides what the resources say.
    source = rest_api_source({"client": client, "resources": resources(task)}, parallelized=bool(task.workers))
    database = Path(task.folder) / "dlt.duckdb"
    pipeline = dlt.pipeline("gleap", pipelines_dir=task.folder, destination=dlt.destinations.duckdb(str(database)))
    if command == "load":
        pipeline.run(source, loader_file_format="jsonl")
    else:
        pipeline.extract(source)


if __name__ == "__main__":
    main()
