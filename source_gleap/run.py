"""The command line: `source-gleap spec | check | discover | read | doctor`.

What is set here for the whole process must be set before the CDK is imported.
"""

import argparse
import ctypes
import gc
import io
import signal
import sys
from collections.abc import Sequence

_M_MMAP_THRESHOLD = -3  # of glibc's malloc.h: from how many bytes on memory is the system's, and returned once freed
_COMMANDS = {
    "spec": "print the settings of a configuration as a JSON schema",
    "check": "check that a configuration can work: four requests at most",
    "discover": "print the streams and their fields",
    "read": "print the records of the streams in a catalog",
    "doctor": "check how Gleap behaves for a project where its documentation leaves that open",
}


def run(args: Sequence[str] | None = None) -> None:
    """Runs one command, as `cli.run_command` says; `doctor` as `doctor.command.doctor` does.

    Args:
        args: The command line without the program's name; that of the process by default.
    """
    arguments = list(sys.argv[1:] if args is None else args)
    # Airbyte messages are UTF-8, whatever the locale says.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    _parse_command(arguments)
    # Ctrl-C needs no traceback. Where it is ignored, as in the background of a script, it stays so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if arguments[:1] == ["doctor"]:
        from source_gleap.doctor.command import doctor

        sys.exit(doctor(arguments[1:]))
    # `run_command` waits for it. Until then it must not be lost, as it would be for the first process of a container,
    # for which it has no default action; and the import takes a second, or several where the CPU is short.
    if sys.platform != "win32":
        is_ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM} if is_ignored else {signal.SIGTERM, signal.SIGINT})
    gc.disable()
    from source_gleap.cli import run_command

    _tune_process()
    run_command(arguments)


def _parse_command(arguments: Sequence[str]) -> None:
    """Ends the process unless a command comes first: the CDK knows of no `doctor`, and needs a second to say so."""
    parser = argparse.ArgumentParser(description="Reads a project of Gleap and prints Airbyte messages, one a line.")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="command")
    for name, purpose in _COMMANDS.items():
        commands.add_parser(name, help=purpose, add_help=False)
    if not arguments:
        parser.print_help(sys.stderr)
        sys.exit(2)
    parser.parse_args(arguments[:1])


def _tune_process() -> None:
    """Makes a read faster and smaller: docs/benchmarks.md has the measured effects."""
    # Only reference cycles need a collector, and rows have none.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()
    # glibc raises its threshold to the size of the first page that is freed, and then keeps freed pages in the heap.
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, 256 * 1024)
