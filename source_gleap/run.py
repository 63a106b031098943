"""The command line: `source-gleap spec | check | discover | read`."""

import sys
from collections.abc import Sequence

from airbyte_cdk.entrypoint import AirbyteEntrypoint, launch
from airbyte_cdk.models import AirbyteMessage, FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.source import SourceGleap

# Threads that parse pages hand the interpreter lock over every 5 ms by default, which costs more than it gives: for a
# prototype with 8 workers, 9.0 s instead of 4.6 s.
_SWITCH_INTERVAL_SECONDS = 0.1


def run(args: Sequence[str] | None = None) -> None:
    """Runs one command and prints Airbyte messages to stdout, one a line.

    A command that fails ends the process with exit code 1, after a TRACE message that says what is wrong.

    :param args: the command line without the program's name; that of the process by default
    """
    sys.setswitchinterval(_SWITCH_INTERVAL_SECONDS)
    arguments = list(sys.argv[1:] if args is None else args)
    try:
        launch(SourceGleap(), arguments)
    except AirbyteTracedException as error:
        if arguments[:1] == ["check"] and error.failure_type == FailureType.config_error:
            _print(error.as_connection_status_message())
        _print(error.as_sanitized_airbyte_message())
        sys.exit(1)


def _print(message: AirbyteMessage | None) -> None:
    if message:
        print(AirbyteEntrypoint.airbyte_message_to_string(message), flush=True)
