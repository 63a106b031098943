"""One command of the connector: spec, check, discover or read."""

import contextlib
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Sequence

from airbyte_cdk.entrypoint import AirbyteEntrypoint, launch
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import AirbyteMessage, FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.source import SourceGleap

# SIGKILL follows SIGTERM after 10 s (Docker) or 30 s (Kubernetes).
_FLUSH_TIMEOUT_SECONDS = 3

# By default lines wait for 0.1 s before they are printed, which takes memory (docs/benchmarks.md).
_SECONDS_BETWEEN_PRINTS = 0.01


def run_command(arguments: Sequence[str]) -> None:
    """Runs one command and prints Airbyte messages to stdout, one a line.

    A command that fails ends the process with exit code 1, after a TRACE message that says what is wrong, on a terminal
    too if stdout goes elsewhere; where stdout is closed, quietly. SIGTERM and SIGINT (Ctrl-C), which the caller has
    blocked, end it after the lines that are still buffered.

    Args:
        arguments: The command line without the program's name.
    """
    # A log line that cannot be printed would be followed by a traceback, on stdout while a command runs.
    logging.raiseExceptions = False
    PRINT_BUFFER.flush_interval = _SECONDS_BETWEEN_PRINTS
    _end_on_signals()
    # When the reader of stdout has gone, there is nobody left to tell.
    with contextlib.suppress(BrokenPipeError):
        try:
            launch(SourceGleap(), list(arguments))
            return
        except AirbyteTracedException as error:
            if "check" in arguments[:1] and error.failure_type == FailureType.config_error:
                _print(error.as_connection_status_message())
            message = error.as_sanitized_airbyte_message()
            _print(message)
            # With stdout redirected into a file, the terminal would show nothing of an error.
            if sys.stderr.isatty() and not sys.stdout.isatty() and message.trace and message.trace.error:
                print(f"source-gleap: {_summary(message.trace.error.message)}", file=sys.stderr)
    # sys.exit would wait for the workers, and they may wait for a place in a queue that nobody empties any more.
    os._exit(1)


def _summary(message: str) -> str:
    """An error's message, but of the CDK's list of failed streams only their names: each has emitted its own error."""
    names, count = re.subn(r": \w+\(.*$", "", message, flags=re.MULTILINE)
    return f"{', '.join(names.splitlines())}. The messages of type TRACE say why." if count else message


def _print(message: AirbyteMessage | None) -> None:
    if message:
        print(AirbyteEntrypoint.airbyte_message_to_string(message), flush=True)


def _end_on_signals() -> None:
    """From now on SIGTERM and SIGINT end the process between two lines of output.

    By default it would end in the middle of a line and leave up to 0.1 s of messages unprinted or, as the first process
    of a container, not end at all.
    """
    threading.Thread(target=_wait_for_signal, daemon=True).start()


def _wait_for_signal() -> None:
    if sys.platform != "win32":
        number = signal.sigwait({signal.SIGTERM, signal.SIGINT})
        # The reader may have stopped without closing the pipe.
        threading.Timer(_FLUSH_TIMEOUT_SECONDS, _terminate, [number]).start()
        with PRINT_BUFFER.lock:
            try:
                PRINT_BUFFER.flush()
            finally:
                _terminate(number)


def _terminate(number: int) -> None:
    """Ends the process by the signal, which shells and PyAirbyte take for no failure, or else by 128 and its number.

    The first process of a container does not die of a signal that it does not handle.
    """
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        os.kill(os.getpid(), number)
        os._exit(128 + number)
