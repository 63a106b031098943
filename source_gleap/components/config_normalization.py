"""Normalises a configuration before it is validated."""

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from airbyte_cdk.sources.declarative.transformations.config_transformations.config_transformation import (
    ConfigTransformation,
)


@dataclass
class NormalizeConfig(ConfigTransformation):
    """Trims blanks around every text, fills in defaults, and completes `api_url`.

    `api_url` loses slashes at its end, and gets the path `/v3` if it has none: both of Gleap's URLs have it
    (docs/API.md 1.3).

    Attributes:
        parameters: `properties`, those of the specification, which hold the defaults.
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
            if config.get(name) in (None, "") and "default" in declared:
                config[name] = declared["default"]
