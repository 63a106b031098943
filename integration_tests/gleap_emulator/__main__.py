"""`python -m integration_tests.gleap_emulator`: a Gleap to try the connector on. Prints its URL when it is ready."""

import argparse
import difflib
import inspect
import json
import os
import signal
import sys
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="gleap_emulator",
        description=__doc__,
        epilog=f"The names of --behavior:\n\n{inspect.getdoc(Behavior)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="default: any that is free")
    parser.add_argument("--tickets", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--days", type=int, default=365, help="how old the project is")
    parser.add_argument("--now", type=_moment, help="when the project was last changed; default: just now")
    parser.add_argument("--latency", type=float, default=0, metavar="MS", help="wait before each response")
    parser.add_argument("--malformed", action="store_true", help="put in text that breaks what reads it")
    behavior_help = "behave otherwise, as a sick project does; may be repeated; names are below"
    parser.add_argument(
        "--behavior", type=parse_behavior, action="append", default=[], metavar="NAME=VALUE", help=behavior_help
    )
    parser.add_argument("--config-file", type=Path, help="write a connector configuration here")
    parser.add_argument("--stop-with-parent", action="store_true", help="stop when standard input closes")
    parser.add_argument("--seconds", type=float, default=3600, help="stop after so long")
    options = parser.parse_args()

    project = Project.generate(options.seed, options.tickets, options.now, options.days, options.malformed)
    project.warm()
    behavior = replace(Behavior(latency_seconds=options.latency / 1000), **dict(options.behavior))
    emulator = GleapEmulator(project, behavior, port=options.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: emulator.stopped.set())
    if options.stop_with_parent:
        threading.Thread(target=_wait_for_the_parent, args=(emulator.stopped,), daemon=True).start()
    with emulator:
        if options.config_file:
            options.config_file.write_text(json.dumps(emulator.config(), indent=2) + "\n")
        print(emulator.url, flush=True)
        emulator.stopped.wait(options.seconds)


def parse_behavior(text: str) -> tuple[str, Any]:
    """A field of `Behavior` with its value, of `name=value`; several values of a set are separated by commas."""
    name, _, value = text.partition("=")
    types = get_type_hints(Behavior)
    if name not in types:
        close = difflib.get_close_matches(name, types, n=1)
        hint = f"did you mean {close[0]}?" if close else f"the names are {', '.join(types)}"
        raise argparse.ArgumentTypeError(f"there is no behavior {name!r}; {hint}")
    sent: Any = value.split(",") if types[name] == frozenset[str] else int(value) if value.isdecimal() else value
    try:
        return name, TypeAdapter(types[name]).validate_python(sent)
    except ValidationError as error:
        reasons = [each["msg"].removeprefix("Input should be ").partition(", unable")[0] for each in error.errors()]
        raise argparse.ArgumentTypeError(f"{name} must be {' or '.join(reasons)}") from None


def _moment(text: str) -> datetime:
    # Python 3.10 reads no "Z".
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _wait_for_the_parent(stopped: threading.Event) -> None:
    # A buffered read holds a lock that would break the end of the process.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stopped.set()


if __name__ == "__main__":
    main()
