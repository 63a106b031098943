"""Is a record what Gleap holds? The emulator's expected_records on one side, an emitted record on the other."""

import json
from collections.abc import Mapping
from typing import Any


def differences(expected_records: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields in which `record` is not `expected_records`: what Gleap holds, and what was emitted.

    JSON fields are objects and lists in the expected_records, and JSON text in a record; null and missing are the same.
    """
    found = {}
    for name in expected_records.keys() | record.keys():
        held, emitted = expected_records.get(name), record.get(name)
        comparable = json.loads(emitted) if isinstance(held, (dict, list)) and isinstance(emitted, str) else emitted
        if held != comparable or isinstance(held, bool) != isinstance(comparable, bool):
            found[name] = (held, emitted)
    return found
