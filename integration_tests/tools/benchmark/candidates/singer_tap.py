"""A tap of the Singer SDK, as its template makes one."""

from collections.abc import Mapping
from typing import Any

import requests
from singer_sdk import RESTStream, Tap
from singer_sdk.pagination import BaseOffsetPaginator

from integration_tests.tools.benchmark.candidates.task import HEADERS, PAGE_SIZE, Task, given, shaper

TASK = given(Task)
SHAPED = shaper(TASK.schema)


class Paginator(BaseOffsetPaginator):
    """Goes on until a page is not full."""

    def has_more(self, response: requests.Response) -> bool:
        document = response.json()
        return len(document[TASK.list_key] if TASK.list_key else document) == PAGE_SIZE


class GleapStream(RESTStream):
    """The task's stream."""

    name = TASK.stream
    path = f"/{TASK.stream}"
    url_base = TASK.url
    primary_keys = ("id",)
    replication_key = "updatedAt"
    schema = dict(TASK.schema)  # noqa: RUF012 # the SDK's own way
    records_jsonpath = f"$.{TASK.list_key}[*]" if TASK.list_key else "$[*]"
    http_headers = HEADERS

    def get_new_paginator(self) -> Paginator:
        return Paginator(0, PAGE_SIZE)

    def get_url_params(self, context: Mapping[str, Any] | None, next_page_token: int | None) -> dict[str, Any]:
        return {**TASK.parameters, "limit": PAGE_SIZE, "skip": next_page_token or 0}

    def post_process(self, row: dict[str, Any], context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return SHAPED(row)


class GleapTap(Tap):
    """A tap of one stream."""

    name = "tap-gleap"
    config_jsonschema = {"type": "object", "properties": {}}  # noqa: RUF012 # the SDK's own way

    def discover_streams(self) -> list[GleapStream]:
        return [GleapStream(self)]


if __name__ == "__main__":
    GleapTap(config={}).sync_all()
