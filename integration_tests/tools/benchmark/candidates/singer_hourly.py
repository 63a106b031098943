"""A tap of the Singer SDK for the hourly sync, as its template makes one: six streams, a bookmark for each cursor.

    python -m integration_tests.tools.benchmark.candidates.singer_hourly TASK.json

It goes on from `state.json` in the task's folder, if that is there.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from singer_sdk import RESTStream, Tap
from singer_sdk.pagination import BaseOffsetPaginator

from integration_tests.tools.benchmark.candidates.task import (
    HEADERS,
    LOOKBACK_SECONDS,
    PAGE_SIZE,
    HourlyTask,
    given,
    shaper,
)

TASK = given(HourlyTask)
Context = Mapping[str, Any] | None


class FullList(RESTStream):
    """A list that comes whole."""

    url_base = TASK.url
    primary_keys = ("id",)
    records_jsonpath = "$[*]"
    http_headers = HEADERS

    def post_process(self, row: dict[str, Any], context: Context = None) -> dict[str, Any]:
        return shaper(TASK.schemas[self.name])(row)


class Paginator(BaseOffsetPaginator):
    """Goes on until a page is not full."""

    def has_more(self, response: requests.Response) -> bool:
        document = response.json()
        return len(document["tickets"] if isinstance(document, dict) else document) == PAGE_SIZE


class ChangesStream(FullList):
    """A list of what changed since the bookmark."""

    replication_key = "updatedAt"

    def get_new_paginator(self) -> Paginator:
        return Paginator(0, PAGE_SIZE)

    def get_url_params(self, context: Context, next_page_token: int | None) -> dict[str, Any]:
        start = self.get_starting_timestamp(context) or datetime.fromisoformat(TASK.start_date.replace("Z", "+00:00"))
        since = f"{start - timedelta(seconds=LOOKBACK_SECONDS):%Y-%m-%dT%H:%M:%S.000Z}"
        return {"sort": "updatedAt", "updatedAt>": since, "limit": PAGE_SIZE, "skip": next_page_token or 0}


class Tickets(ChangesStream):
    name, path, schema = "tickets", "/tickets", TASK.schemas["tickets"]
    records_jsonpath = "$.tickets[*]"

    def get_url_params(self, context: Context, next_page_token: int | None) -> dict[str, Any]:
        return {**super().get_url_params(context, next_page_token), "ignoreArchived": "true"}


class Sessions(ChangesStream):
    name, path, schema = "sessions", "/sessions", TASK.schemas["sessions"]


class Messages(ChangesStream):
    name, path, schema = "messages", "/messages", TASK.schemas["messages"]


class Teams(FullList):
    name, path, schema = "teams", "/teams", TASK.schemas["teams"]


class Surveys(FullList):
    name, path, schema = "surveys", "/engagement/surveys", TASK.schemas["surveys"]

    def get_child_context(self, record: Mapping[str, Any], context: Context) -> dict[str, Any]:
        return {"survey_id": record["id"]}


class SurveyResponses(ChangesStream):
    name, path = "survey_responses", "/engagement/surveys/{survey_id}/responses"
    schema = TASK.schemas["survey_responses"]
    parent_stream_type = Surveys


class GleapTap(Tap):
    """A tap of the six streams."""

    name = "tap-gleap"
    config_jsonschema = {"type": "object", "properties": {}}  # noqa: RUF012 # the SDK's own way

    def discover_streams(self) -> list[RESTStream]:
        return [stream(self) for stream in (Tickets, Sessions, Messages, Teams, Surveys, SurveyResponses)]


if __name__ == "__main__":
    state = Path(TASK.folder) / "state.json"
    GleapTap(config={}, state=state if state.exists() else None).sync_all()
