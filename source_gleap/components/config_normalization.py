"""Normalises a configuration before it is validated."""

import contextlib
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import timezone
from typing import Any

from airbyte_cdk.sources.declarative.transformations.config_transformations.config_transformation import (
    ConfigTransformation,
)
from airbyte_cdk.utils.datetime_helpers import ab_datetime_parse


@dataclass
class NormalizeConfig(ConfigTransformation):
    """Gives settings the form that the manifest reads. What has no such form is left for the validation.

    | setting         | before                                   | after                                |
    |-----------------|------------------------------------------|--------------------------------------|
    | any text        | blanks around it                         | none                                 |
    | absent, empty   |                                          | its default                          |
    | a whole number  | `4.0`, `1e1`                             | `4`, `10`                            |
    | `api_url`       | slashes at its end, no path              | none, `/v3` (docs/API.md 1.3)        |
    | a date          | no time, an offset, parts of a second    | `YYYY-MM-DDTHH:mm:ssZ`, rounded down |

    Attributes:
        parameters: `properties`, those of the specification, which hold the defaults and the patterns.
    """

    parameters: Mapping[str, Any]

    def transform(self, config: MutableMapping[str, Any]) -> None:
        for name, value in config.items():
            if isinstance(value, str):
                config[name] = value.strip()
        if isinstance(url := config.get("api_url"), str):
            url = url.rstrip("/")
            config["api_url"] = url + "/v3" if re.fullmatch("https?://[^/]+", url) else url
        for name, declared in self.parameters["properties"].items():
            value = config.get(name)
            if value in (None, "") and "default" in declared:
                config[name] = declared["default"]
            elif declared.get("type") == "integer" and isinstance(value, float) and value.is_integer():
                config[name] = int(value)
            elif declared.get("format") == "date-time" and re.search(declared["pattern"], str(value)):
                config[name] = _in_utc(str(value))


def _in_utc(date: str) -> str:
    """A date as `YYYY-MM-DDTHH:mm:ssZ`; as it is if it is not in the calendar."""
    with contextlib.suppress(ValueError, OverflowError):
        moment = ab_datetime_parse(date).astimezone(timezone.utc)
        return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    return date
