"""The lists of streams for Airbyte: configured_catalog.json and abnormal_state.json, and a part of metadata.yaml."""

import json
import re
from typing import Any

from integration_tests.support.streams import BY_TICKET, STREAMS, cursor_of, key_of, parents_of

_FUTURE = "2999-01-01T00:00:00.000Z"


def configured_catalog() -> str:
    """All streams, incremental."""
    return _written({"streams": [_configured(stream) for stream in STREAMS]})


def abnormal_state() -> str:
    """A state of each stream that is in the future."""
    return _written([_state(stream) for stream in STREAMS])


def with_suggested_streams(metadata: str) -> str:
    """The text of metadata.yaml with `suggestedStreams`: all but those that take a request for each ticket."""
    lines = "".join(f"      - {stream}\n" for stream in STREAMS if stream not in BY_TICKET)
    return re.sub(r"(  suggestedStreams:\n    streams:\n)(?:      - \w+\n)+", rf"\g<1>{lines}", metadata)


def _configured(stream: str) -> dict[str, Any]:
    return {
        "stream": {
            "name": stream,
            "json_schema": {},
            "supported_sync_modes": ["full_refresh", "incremental"],
        },
        "sync_mode": "incremental",
        "destination_sync_mode": "append_dedup",
        "cursor_field": [cursor_of(stream)],
        "primary_key": [[field] for field in key_of(stream)],
    }


def _state(stream: str) -> dict[str, Any]:
    cursor = {cursor_of(stream): _FUTURE}
    state = {"use_global_cursor": True, "state": cursor} if parents_of(stream) else cursor
    return {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": state}}


def _written(content: Any) -> str:
    return json.dumps(content, indent=2) + "\n"
