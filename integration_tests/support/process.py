"""The connector as a process, and its output as what Airbyte's protocol allows."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from airbyte_cdk.models import AirbyteMessage, AirbyteMessageSerializer

from integration_tests.support.paths import CATALOG, ROOT

_PAYLOADS = {
    "CATALOG": "catalog",
    "CONNECTION_STATUS": "connectionStatus",
    "LOG": "log",
    "RECORD": "record",
    "SPEC": "spec",
    "STATE": "state",
    "TRACE": "trace",
}


class ProtocolViolationError(Exception):
    """A line that a strict reader of Airbyte's protocol would refuse."""


def parse_message(line: bytes) -> AirbyteMessage:
    """The message in one line of output, newline included.

    Raises ProtocolViolationError: the line is not one JSON object, has no newline at its end, lacks a field or has one
    of a wrong type, or holds anything that the protocol does not know.
    """
    try:
        if not line.endswith(b"\n"):
            raise ProtocolViolationError("cut off")
        content = json.loads(line.decode("utf-8", "strict"), parse_constant=_refuse, object_pairs_hook=_once)
        message = AirbyteMessageSerializer.load(content)
        payload = _PAYLOADS[content["type"]]
        # The serializer leaves out what it does not know, so that what comes back differs.
        if set(content) != {"type", payload} or AirbyteMessageSerializer.dump(message) != content:
            raise ProtocolViolationError("more than the protocol knows")
    except ProtocolViolationError as error:
        raise ProtocolViolationError(f"{error}: {line[:500]!r}") from None
    except Exception as error:
        raise ProtocolViolationError(f"{error!r}: {line[:500]!r}") from error
    return message


def messages_of(output: bytes) -> list[AirbyteMessage]:
    """The messages in the whole output of a process. Raises ProtocolViolationError: as `parse_message`."""
    return [parse_message(line) for line in output.splitlines(keepends=True)]


def command(verb: str, **files: Path | None) -> list[str]:
    """The command line of `python main.py`; every file is an option, one that is None is left out."""
    options = [part for name, path in files.items() if path for part in (f"--{name}", str(path))]
    return [sys.executable, str(ROOT / "main.py"), verb, *options]


@contextlib.contextmanager
def running(arguments: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process with pipes for stdout and stderr; it is killed at the end if it still runs."""
    with subprocess.Popen(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def written(path: Path, content: object) -> Path:
    """`path`, with `content` in it as JSON."""
    path.write_text(json.dumps(content))
    return path


def catalog(folder: Path, streams: Iterable[str]) -> Path:
    """A configured catalog of these streams, incremental, in this order."""
    configured = {stream["stream"]["name"]: stream for stream in json.loads(CATALOG.read_text())["streams"]}
    return written(folder / "catalog.json", {"streams": [configured[name] for name in streams]})


def _refuse(constant: str) -> NoReturn:
    raise ProtocolViolationError(f"{constant} is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ProtocolViolationError("a name twice in an object")
    return dict(pairs)
