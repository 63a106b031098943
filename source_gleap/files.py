"""Reads the files that a command is given: the configuration, the catalog, the state."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from airbyte_cdk.models import (
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from serpyco_rs import SchemaValidationError

from source_gleap.config_validation import config_error

Model = TypeVar("Model")

_REQUIREMENTS = {
    "configuration": 'one object: {"api_key": "...", "project_id": "...", "start_date": "2025-01-01T00:00:00Z"}',
    "catalog": 'one configured catalog: {"streams": [{"stream": {"name": "tickets", "json_schema": {}, '
    '"supported_sync_modes": ["incremental"]}, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"}]}',
    "state": 'one list of the states of streams, as STATE messages have them: [{"type": "STREAM", "stream": {...}}]. '
    "Without --state everything is read",
}
_TYPES = {bool: "true or false", dict: "an object", float: "a number", int: "a number", list: "a list", str: "a text"}


def read_config_file(path: str) -> dict[str, Any]:
    """The configuration in a file.

    Raises AirbyteTracedException (config): it is not there, or of another form. The message quotes no value.
    """
    document: dict[str, Any] = _read_document(path, "configuration", dict)
    return document


def read_catalog_file(path: str) -> ConfiguredAirbyteCatalog:
    """The configured catalog in a file. Raises AirbyteTracedException (config): as `read_config_file`."""
    document = _read_document(path, "catalog", dict)
    catalog = _loaded(path, "catalog", ConfiguredAirbyteCatalogSerializer.load, document)
    if not catalog.streams:
        raise _refusal(path, "catalog", "names no stream")
    return catalog


def read_state_file(path: str) -> list[AirbyteStateMessage]:
    """The states in a file; `{}` holds none. Raises AirbyteTracedException (config): as `read_config_file`."""
    document = _read_document(path, "state", (list, dict))
    if document == {}:
        return []
    if isinstance(document, dict):
        raise _refusal(path, "state", "holds an object")
    states = []
    for number, entry in enumerate(document, start=1):
        state = _loaded(path, "state", AirbyteStateMessageSerializer.load, entry, f"entry {number}, ")
        if state.stream is None:
            raise _refusal(path, "state", f"does not name the stream of entry {number}")
        states.append(state)
    return states


def _read_document(path: str, kind: str, types: type | tuple[type, ...]) -> Any:
    """The JSON document in a file that is of one of `types`."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        document = json.loads(text)
    except OSError as error:
        raise _refusal(path, kind, f"cannot be read ({error.strerror})", error) from error
    except UnicodeDecodeError as error:
        raise _refusal(path, kind, "is no UTF-8 text", error) from error
    except json.JSONDecodeError as error:
        why = f"is no JSON (line {error.lineno}, column {error.colno}: {error.msg})"
        if not text.strip():
            why = "is empty"
        elif error.msg == "Extra data":
            why = f"goes on after its first JSON document (line {error.lineno}, column {error.colno})"
        raise _refusal(path, kind, why, error) from error
    except (ValueError, RecursionError) as error:
        raise _refusal(
            path, kind, "holds a number that is too long, or lists that are nested too deep", error
        ) from error
    if not isinstance(document, types):
        raise _refusal(path, kind, f"holds {_TYPES.get(type(document), 'null')}")
    return document


def _loaded(path: str, kind: str, load: Callable[[Any], Model], document: Any, place: str = "") -> Model:
    try:
        return load(document)
    except SchemaValidationError as error:
        found = error.errors[0]
        # The value comes first, and may be a secret from another file.
        problem = found.message[found.message.rfind(" is ") + 1 :]
        raise _refusal(path, kind, f"is malformed ({place}'{found.instance_path}' {problem})", error) from error


def _refusal(path: str, kind: str, why: str, cause: BaseException | None = None) -> AirbyteTracedException:
    return config_error(f"The {kind} file {path} {why}. It has to hold {_REQUIREMENTS[kind]}.", cause)
