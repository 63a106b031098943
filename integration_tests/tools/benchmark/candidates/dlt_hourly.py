"""dlt's rest_api source for the hourly sync: six streams, a cursor for each list that has one.

    python -m integration_tests.tools.benchmark.candidates.dlt_hourly TASK.json

It writes dlt's own JSON lines into the task's folder, where it also keeps its state.
"""

import os
from typing import Any

from integration_tests.tools.benchmark.candidates.task import (
    HEADERS,
    LOOKBACK_SECONDS,
    PAGE_SIZE,
    HourlyTask,
    given,
    shaper,
)


def resources(task: HourlyTask) -> list[dict[str, Any]]:
    """The six resources."""

    def resource(name: str, path: str, **endpoint: Any) -> dict[str, Any]:
        return {
            "name": name,
            "write_disposition": "append",
            "endpoint": {"path": path, "data_selector": "$", "paginator": "single_page", **endpoint},
            "processing_steps": [{"map": shaper(task.schemas[name])}],
        }

    def changes(name: str, path: str, key: str = "$", **params: Any) -> dict[str, Any]:
        cursor = {
            "type": "incremental",
            "cursor_path": "updatedAt",
            "initial_value": task.start_date.replace("Z", ".000Z"),
            "lag": LOOKBACK_SECONDS,
        }
        paginator = {
            "type": "offset",
            "limit": PAGE_SIZE,
            "offset_param": "skip",
            "limit_param": "limit",
            "total_path": "totalCount" if key != "$" else None,
        }
        params = {"sort": "updatedAt", "updatedAt>": cursor, **params}
        return resource(name, path, data_selector=key, paginator=paginator, params=params)

    survey = {"type": "resolve", "resource": "surveys", "field": "id"}
    responses = changes("survey_responses", "engagement/surveys/{survey}/responses", survey=survey)
    responses["processing_steps"].insert(0, {"map": lambda row: {**row, "survey_id": row["outbound"]}})
    return [
        changes("tickets", "tickets", "tickets", ignoreArchived="true"),
        changes("sessions", "sessions"),
        changes("messages", "messages"),
        resource("teams", "teams"),
        resource("surveys", "engagement/surveys"),
        responses,
    ]


def main() -> None:
    task = given(HourlyTask)
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["DATA_WRITER__DISABLE_COMPRESSION"] = "true"  # no other candidate compresses what it writes
    import dlt
    from dlt.sources.rest_api import rest_api_source

    client = {"base_url": task.url, "headers": HEADERS}
    source = rest_api_source({"client": client, "resources": resources(task)})
    dlt.pipeline("gleap", pipelines_dir=task.folder, destination="duckdb").extract(source)


if __name__ == "__main__":
    main()
