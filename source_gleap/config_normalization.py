"""Gives the settings of a configuration the form that the manifest reads, before they are validated."""

import contextlib
import re
from collections.abc import Mapping
from datetime import timezone
from typing import Any

from airbyte_cdk.utils.datetime_helpers import ab_datetime_parse


def normalize_config(config: Mapping[str, Any], specification: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration in which settings have one form. What cannot have it is left for the validation.

    | setting         | before                                   | after                                |
    |-----------------|------------------------------------------|--------------------------------------|
    | any text        | blanks around it                         | none                                 |
    | absent, empty   |                                          | its default                          |
    | a whole number  | `4.0`, `1e1`                             | `4`, `10`                            |
    | `api_url`       | slashes at its end, no path              | none, `/v3` (docs/API.md 1.3)        |
    | a date          | no time, an offset, parts of a second    | `YYYY-MM-DDTHH:mm:ssZ`, rounded down |

    Args:
        config: The configuration as a user has written it.
        specification: The JSON schema in the manifest's `spec`, which has the defaults and the patterns.
    """
    normalized = {name: value.strip() if isinstance(value, str) else value for name, value in config.items()}
    if isinstance(url := normalized.get("api_url"), str):
        url = url.rstrip("/")
        normalized["api_url"] = url + "/v3" if re.fullmatch("https?://[^/]+", url) else url
    for name, declared in specification["properties"].items():
        value = normalized.get(name)
        if value in (None, "") and "default" in declared:
            normalized[name] = declared["default"]
        elif declared["type"] == "integer" and isinstance(value, float) and value.is_integer():
            normalized[name] = int(value)
        elif declared.get("format") == "date-time" and re.search(declared["pattern"], str(value)):
            normalized[name] = _in_utc(str(value))
    return normalized


def _in_utc(date: str) -> str:
    """A date as `YYYY-MM-DDTHH:mm:ssZ`; as it is if it is not in the calendar."""
    with contextlib.suppress(ValueError, OverflowError):
        return ab_datetime_parse(date).astimezone(timezone.utc).isoformat()[:19] + "Z"
    return date
