"""What a destination holds after a sync, compared with what the project holds."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from integration_tests.gleap_emulator import Project
from integration_tests.gleap_emulator.serialization import ONLY_ON_SINGLE_TICKETS


def differences(expected_records: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields in which `record` is not `expected_records`: what Gleap holds, and what was emitted.

    JSON fields are objects and lists in the expected_records, and JSON text in a record; null and missing are the same.
    """
    found = {}
    # A log entry as a whole is no field of Gleap's, and has a test of its own.
    for name in (expected_records.keys() | record.keys()) - ({"data"} if "ticket_id" in record else set()):
        held, emitted = expected_records.get(name), record.get(name)
        comparable = json.loads(emitted) if isinstance(held, (dict, list)) and isinstance(emitted, str) else emitted
        if held != comparable or isinstance(held, bool) != isinstance(comparable, bool):
            found[name] = (held, emitted)
    return found


def upsert(records: Iterable[dict[str, Any]], into: dict[str, dict[str, Any]]) -> None:
    """What a destination does that keeps one row for each `id`: that of the newest `updatedAt`."""
    for record in records:
        held = into.get(record["id"])
        if held is None or record.get("updatedAt", "") >= held.get("updatedAt", ""):
            into[record["id"]] = record


def missing_from(
    destination: Mapping[str, Mapping[str, dict[str, Any]]], project: Project, tickets_mode: str = "list"
) -> dict[str, Any]:
    """What the destination lacks, or holds otherwise than the project, in its streams. Deleted records do not count."""
    shown = dict if tickets_mode == "detail" else as_listed
    found: dict[str, Any] = {}
    for stream, rows in destination.items():
        for key, expected in project.expected_records[stream].items():
            if key not in rows:
                found[f"{stream} {key}"] = "missing"
            elif wrong := differences(shown(expected), rows[key]):
                found[f"{stream} {key}"] = wrong
    return found


def as_listed(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record without what Gleap shows of single tickets only."""
    return {name: value for name, value in record.items() if name not in ONLY_ON_SINGLE_TICKETS}
