"""`python -m integration_tests.gleap_emulator`: a Gleap to try the connector on. Prints its URL when it is ready."""

import argparse
import json
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project


def main() -> None:
    parser = argparse.ArgumentParser(prog="gleap_emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: any that is free")
    parser.add_argument("--tickets", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--days", type=int, default=365, help="how old the project is")
    parser.add_argument("--now", type=_moment, help="when the project was last changed; default: just now")
    parser.add_argument("--latency", type=float, default=0, metavar="MS", help="wait before each response")
    parser.add_argument("--malformed", action="store_true", help="put in text that breaks what reads it")
    parser.add_argument("--config-file", type=Path, help="write a connector configuration here")
    parser.add_argument("--stop-with-parent", action="store_true", help="stop when standard input closes")
    parser.add_argument("--seconds", type=float, default=3600, help="stop after so long")
    options = parser.parse_args()

    project = Project.generate(options.seed, options.tickets, options.now, options.days, options.malformed)
    project.warm()
    emulator = GleapEmulator(project, Behavior(latency_seconds=options.latency / 1000), port=options.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: emulator.stopped.set())
    if options.stop_with_parent:
        threading.Thread(target=_wait_for_the_parent, args=(emulator.stopped,), daemon=True).start()
    with emulator:
        if options.config_file:
            options.config_file.write_text(json.dumps(emulator.config(), indent=2) + "\n")
        print(emulator.url, flush=True)
        emulator.stopped.wait(options.seconds)


def _moment(text: str) -> datetime:
    # Python 3.10 reads no "Z".
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _wait_for_the_parent(stopped: threading.Event) -> None:
    sys.stdin.buffer.read()
    stopped.set()


if __name__ == "__main__":
    main()
