"""What is made right in a configuration before it is looked at."""

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from airbyte_cdk.sources.declarative.transformations.config_transformations.config_transformation import (
    ConfigTransformation,
)


@dataclass
class NormalizedConfig(ConfigTransformation):
    """Trims blanks around every text, fills in what has a default, and completes `api_url`.

    That loses slashes at its end, and gets the path `/v3` if it has none: both of Gleap's addresses have it (API.md 1).

    :param parameters: `properties`, those of the specification, which hold the defaults
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
