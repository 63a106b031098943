"""Validates a configuration and names every invalid field."""

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from jsonschema import Draft7Validator, ValidationError


def validate_config(config: Mapping[str, Any], specification: Mapping[str, Any]) -> None:
    """Checks every field.

    Args:
        config: A configuration, normalized by `normalize_config`.
        specification: The JSON schema in the manifest's `spec`.

    Raises:
        AirbyteTracedException (config): It names every invalid field, and says what it must be.
    """
    found = list(validation_errors(config, specification))
    if found:
        found += unknown_settings(config, specification)
        raise config_error("The configuration cannot work. " + " ".join(found))


def validate_environment() -> None:
    """Checks the certificates that `requests` is configured to trust.

    Raises:
        AirbyteTracedException (config): There is no such file. `requests` would raise an error of the system.
    """
    name = "REQUESTS_CA_BUNDLE" if os.environ.get("REQUESTS_CA_BUNDLE") else "CURL_CA_BUNDLE"
    path = os.environ.get(name)
    if path and not os.path.exists(path):
        raise config_error(f"The environment variable {name} names a file that does not exist: {path}. Correct it.")


def unknown_settings(config: Mapping[str, Any], specification: Mapping[str, Any]) -> Iterable[str]:
    """A sentence for each setting that the specification lacks. Names that begin with `_` are the CDK's."""
    known = specification["properties"]
    for name in config:
        if name not in known and not name.startswith("_"):
            yield f"Unknown setting '{name}' is ignored{did_you_mean(name, known)}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the known one that it is close to, if there is any."""
    close = difflib.get_close_matches(name.strip().lower().replace("-", "_").replace(" ", "_"), known, n=1)
    return f"; did you mean '{close[0]}'?" if close else "."


def validation_errors(config: Mapping[str, Any], specification: Mapping[str, Any]) -> Iterable[str]:
    """A sentence for each field that the specification refuses. No value is repeated: it may be a secret."""
    fields = specification["properties"]
    for error in sorted(Draft7Validator(specification).iter_errors(config), key=lambda error: list(error.path)):
        if error.validator == "required":
            missing = next(name for name in specification["required"] if f"'{name}'" in error.message)
            yield f"'{missing}' ({fields[missing]['title']}) is missing."
        else:
            name = str(error.path[0])
            yield f"'{name}' ({fields[name]['title']}) must be {_expected(error, fields[name])}."
    for name, expectation in _semantic_errors(config, fields).items():
        yield f"'{name}' ({fields[name]['title']}) must be {expectation}."


def _semantic_errors(config: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, str]:
    """What must be different, by field, in values of the right form. A value of another form is for the schema."""
    found = {}
    if re.search(fields["start_date"]["pattern"], str(config.get("start_date"))):
        start, example = _moment(config["start_date"]), _example(fields["start_date"])
        if start is None or start.year < _FIRST_YEAR:
            found["start_date"] = f"a date of the calendar, from {_FIRST_YEAR} on{example}"
        elif start > datetime.now(timezone.utc):
            found["start_date"] = f"in the past{example}: all records would be left out"
    of_gleap = _GLEAP.fullmatch(str(config.get("api_url")))
    if of_gleap and of_gleap["path"] != "/v3":
        found["api_url"] = "https://api.gleap.io/v3 or https://api.us.gleap.ai/v3, or the address of a proxy"
    return found


_FIRST_YEAR = 1970
_GLEAP = re.compile(r"https://[^/]+\.gleap\.(io|ai)(:\d+)?(?P<path>/.*)?")


def _moment(date: str) -> datetime | None:
    """The moment of a normalized date. What `normalize_config` has left in another form is not in the calendar."""
    try:
        return datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _expected(error: ValidationError, field: Mapping[str, Any]) -> str:
    if error.validator == "enum":
        return "one of: " + ", ".join(map(str, field["enum"]))
    if error.validator in ("minimum", "maximum"):
        return f"{'at least' if error.validator == 'minimum' else 'at most'} {error.validator_value}"
    if error.validator == "minLength":
        return "filled in"
    if error.validator == "type":
        return {"integer": "a whole number", "string": "a text"}[field["type"]] + _example(field)
    return f"{field['pattern_descriptor']}{_example(field)}"


def _example(field: Mapping[str, Any]) -> str:
    """The end of a sentence that says what a field must be: a value, if the specification has one."""
    examples = [*field.get("examples", []), *([field["default"]] if "default" in field else [])]
    return f", for example {examples[0]}" if examples else ""


def config_error(message: str, cause: BaseException | None = None) -> AirbyteTracedException:
    """The error that tells a user to change the configuration."""
    return AirbyteTracedException(
        message=message, internal_message=message, failure_type=FailureType.config_error, exception=cause
    )
