"""A file that cannot be used is named, with what is wrong in it and what it has to hold."""

import json
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap import SourceGleap

READERS = {
    "configuration": SourceGleap.read_config,
    "catalog": SourceGleap.read_catalog,
    "state": SourceGleap.read_state,
}
STREAM: dict[str, Any] = {"name": "tickets", "json_schema": {}, "supported_sync_modes": ["incremental"]}
CONFIGURED: dict[str, Any] = {"stream": STREAM, "sync_mode": "incremental", "destination_sync_mode": "append"}
STATE: dict[str, Any] = {
    "type": "STREAM",
    "stream": {"stream_descriptor": {"name": "tickets"}, "stream_state": {"updatedAt": "2026-01-01T00:00:00.000Z"}},
}
VALID = {"configuration": {"api_key": "k"}, "catalog": {"streams": [CONFIGURED]}, "state": [STATE]}


def refusal(kind: str, path: Path) -> str:
    with pytest.raises(AirbyteTracedException) as raised:
        READERS[kind](str(path))
    assert raised.value.failure_type == FailureType.config_error
    message = str(raised.value.message)
    assert message.startswith(f"The {kind} file {path} ")
    assert "It has to hold one " in message
    assert "hunter2" not in message
    return message


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe{\x00}\x00", "is no UTF-8 text"),
        (b'{"api_key": "hunter2"', "is no JSON (line 1, column 22: Expecting ',' delimiter)"),
        (b"{\n  'api_key': 'hunter2'\n}", "is no JSON (line 2, column 3: Expecting property name"),
        (b'{"api_key": "hunter2"}\n{"project_id": "x"}\n', "goes on after its first JSON document (line 2, column 1)"),
        (b"[" * 100_000, "nested too deep"),
        (b"1" * 5000, "a number that is too long"),
        (b"null", "holds null"),
        (b"4", "holds a number"),
        (b"false", "holds true or false"),
        (b'"hunter2"', "holds a text"),
    ],
    ids=lambda value: value[:25] if isinstance(value, str) else "",
)
def test_file_without_a_json_document_is_named_with_the_reason(
    tmp_path: Path, kind: str, content: bytes | None, problem: str
) -> None:
    path = tmp_path / "file.json"
    if content is not None:
        path.write_bytes(content)
    assert problem in refusal(kind, path)


@pytest.mark.parametrize("kind", READERS)
def test_folder_in_place_of_a_file_is_named(tmp_path: Path, kind: str) -> None:
    assert "cannot be read (Is a directory)" in refusal(kind, tmp_path)


@pytest.mark.parametrize("kind", READERS)
def test_file_with_a_byte_order_mark_is_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "file.json"
    path.write_text(json.dumps(VALID[kind]), encoding="utf-8-sig")
    assert READERS[kind](str(path))


@pytest.mark.parametrize(
    ("kind", "document", "problem"),
    [
        ("configuration", [], "holds a list"),
        ("catalog", ["hunter2"], "holds a list"),
        ("catalog", {"type": "CATALOG", "catalog": {}}, "is malformed ('streams' is a required property)"),
        ("catalog", {"streams": None}, "is malformed ('streams' is not of type \"list\")"),
        ("catalog", {"streams": []}, "names no stream"),
        ("catalog", {"streams": ["hunter2"]}, "is malformed ('streams/0' is not of type \"object\")"),
        ("catalog", {"streams": [STREAM]}, "is malformed ('streams/0/stream' is a required property)"),
        (
            "catalog",
            {"streams": [CONFIGURED, {**CONFIGURED, "sync_mode": "hunter2"}]},
            "is malformed ('streams/1/sync_mode' is not one of",
        ),
        ("state", {"tickets": {"updatedAt": "hunter2"}}, "holds an object"),
        ("state", STATE, "holds an object"),
        ("state", [STATE, "hunter2"], "is malformed (entry 2, '' is not of type \"object\")"),
        ("state", [{"type": "STATE", "state": STATE}], "is malformed (entry 1, 'type' is not one of"),
        ("state", [STATE, {"tickets": {}}], "does not name the stream of entry 2"),
        ("state", [{"type": "GLOBAL", "global": {"stream_states": []}}], "does not name the stream of entry 1"),
        ("state", [{"type": "STREAM", "stream": {"stream_descriptor": "x"}}], "entry 1, 'stream/stream_descriptor'"),
        (
            "state",
            [{"type": "STREAM", "stream": {"stream_descriptor": {"name": "teams"}, "stream_state": 5}}],
            "entry 1, 'stream/stream_state'",
        ),
    ],
)
def test_document_of_another_form_is_named_with_the_place(
    tmp_path: Path, kind: str, document: Any, problem: str
) -> None:
    path = tmp_path / "file.json"
    path.write_text(json.dumps(document))
    assert problem in refusal(kind, path)


@pytest.mark.parametrize("document", [{}, []])
def test_state_file_without_a_state_is_read(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps(document))
    assert SourceGleap.read_state(str(path)) == []
