"""From a configuration to the printed report."""

import platform
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.config_validation import unknown_settings
from source_gleap.doctor.checklist import run_all
from source_gleap.doctor.client import Client, RequestFailedError
from source_gleap.doctor.report import report
from source_gleap.doctor.result import NOT_SAFE
from source_gleap.doctor.sampler import Sampler
from source_gleap.source import SourceGleap

_RETRY = (
    "Check that 'API URL' is https://api.gleap.io/v3, or https://api.us.gleap.ai/v3 for projects hosted in the US, and "
    "that the network lets requests out to it, or try again later."
)
_HOSTS = {"https://api.gleap.io/v3": "Gleap in the EU", "https://api.us.gleap.ai/v3": "Gleap in the US"}


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def run_checks(config_path: str, show_all: bool = False) -> bool:
    """Runs all checks and prints the report to stdout, and an error that leaves no report to stderr.

    Args:
        config_path: The configuration's file.
        show_all: Whether the report shows the checks that found no problem as well.

    Returns:
        Whether there is no problem. False if no check could run.
    """
    source = SourceGleap()
    try:
        with tempfile.TemporaryDirectory() as folder:
            config = source.configure(source.read_config(config_path), folder)
    except AirbyteTracedException as error:
        _log(str(error.message))
        return False
    for warning in unknown_settings(config, source.specification):
        _log(warning)
    source = SourceGleap(config=config)
    client, streams = Client(), dict[str, Sampler]()
    for definition in source.stream_definitions({**config, "tickets_mode": "list"}):
        streams[definition["name"]] = Sampler(definition, config, client, streams)
    details = source.stream_definitions({**config, "tickets_mode": "detail"})
    own_tickets = next(each for each in details if each["name"] == "tickets")
    try:
        _ = streams["teams"].first_page
    except RequestFailedError as error:
        _log(error.advice or f"Gleap did not give a usable response: {error.cause}. {_RETRY}")
        return False
    _log("Asking Gleap; large lists take some minutes.")
    lines = list(run_all(streams, Sampler(own_tickets, config, client, streams)))
    print(report(lines, _summary(client, config), show_all), flush=True)
    return all(line.result.verdict != NOT_SAFE for line in lines)


def _summary(client: Client, config: Mapping[str, Any]) -> str:
    # The name of another host may be private.
    host = _HOSTS.get(config["api_url"], "a host that is not Gleap's own")
    return (
        f"source-gleap {_version('airbyte-source-gleap')}, airbyte-cdk {_version('airbyte-cdk')}, "
        f"Python {platform.python_version()}; messages_mode {config['messages_mode']}, "
        f"tickets_mode {config['tickets_mode']}; {len(client.outcomes)} requests to {host}"
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
