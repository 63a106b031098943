"""From a configuration to the printed table."""

import platform
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.doctor.client import Client, NoAnswerError
from source_gleap.doctor.finding import Verdict
from source_gleap.doctor.questionnaire import answered, questions
from source_gleap.doctor.requests_of_connector import RequestsOfConnector
from source_gleap.doctor.samples import Samples
from source_gleap.doctor.table import conclusion, table
from source_gleap.source import SourceGleap

_PLACES = {"https://api.gleap.io/v3": "Gleap in the EU", "https://api.us.gleap.ai/v3": "Gleap in the US"}


def examined(config_path: str) -> bool:
    """Asks everything and prints what was found. Whether nothing is unsafe; False as well if nothing could be asked."""
    source = SourceGleap()
    try:
        with tempfile.TemporaryDirectory() as folder:
            config = source.configure(source.read_config(config_path), folder)
    except AirbyteTracedException as error:
        _tell(str(error.message))
        return False
    connector = RequestsOfConnector(source.resolved_manifest, config)
    client = Client(str(config["api_key"]), *connector.time_limits, _tell)
    samples = Samples(client, connector)
    try:
        samples.first_page("teams")
    except NoAnswerError as error:
        _tell(_why_nothing_can_be_asked(error, connector))
        return False
    _tell("Asking; large lists take some minutes.")
    rows = [(question, answered(question, samples)) for question in questions(samples)]
    print("\n".join([_title(client, config), "", table(rows), "", conclusion(rows)]), flush=True)
    return all(finding.verdict is not Verdict.NOT_SAFE for _, finding in rows)


def _why_nothing_can_be_asked(error: NoAnswerError, connector: RequestsOfConnector) -> str:
    if known := connector.refusal("teams", error.status):
        return known
    if error.lasts:
        return (
            f"What answers at 'API URL' does not seem to be Gleap: {error.cause}. It should be "
            "https://api.gleap.io/v3, or https://api.us.gleap.ai/v3 for projects hosted in the US."
        )
    if error.status is None:
        return (
            f"Gleap could not be reached: {error.cause}. Check 'API URL', and that the network lets requests out to it."
        )
    return f"Gleap is not available: {error.cause}. Try again later."


def _title(client: Client, config: Mapping[str, Any]) -> str:
    # The name of another host may be nobody's business.
    place = _PLACES.get(config["api_url"], "an address that is not Gleap's own")
    return (
        f"source-gleap {_version('airbyte-source-gleap')}, airbyte-cdk {_version('airbyte-cdk')}, "
        f"Python {platform.python_version()}; messages_mode {config['messages_mode']}; "
        f"{client.made} requests to {place}"
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
