"""What is made right in a configuration before it is looked at."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from airbyte_cdk.sources.declarative.transformations.config_transformations.config_transformation import (
    ConfigTransformation,
)


@dataclass
class NormalizedConfig(ConfigTransformation):
    """Trims blanks around every text, takes slashes off the end of `api_url`, and fills in what has a default.

    :param parameters: `properties`, those of the specification, which hold the defaults
    """

    parameters: Mapping[str, Any]

    def transform(self, config: MutableMapping[str, Any]) -> None:
        for name, value in config.items():
            if isinstance(value, str):
                config[name] = value.strip()
        if isinstance(url := config.get("api_url"), str):
            config["api_url"] = url.rstrip("/")
        for name, declared in self.parameters["properties"].items():
            if config.get(name) in (None, "") and "default" in declared:
                config[name] = declared["default"]
