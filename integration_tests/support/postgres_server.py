"""A PostgreSQL server on loopback, for the time of a test."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

USER = "gleap"
DATABASE = "postgres"

# The server ends when this process does: `cat` then reads the end of its input. Only the server keeps stderr open.
_WITH_THIS_PROCESS = '"$@" & exec 2>&-; cat; kill -QUIT $!; wait'


class PostgresError(Exception):
    """A PostgreSQL server that does not start; the message holds what it says."""


def find_postgres() -> Path | None:
    """Returns the folder of PostgreSQL's `initdb` and `postgres`, None where the server is not installed."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")  # Debian leaves them out of PATH
    if (found := shutil.which("initdb")) is not None:
        return Path(found).resolve().parent
    return max((path.parent for path in installed), key=lambda programs: float(programs.parent.name), default=None)


@contextlib.contextmanager
def running_postgres(programs: Path) -> Iterator[int]:
    """Starts an empty server that any local user may use as `USER`, and stops it at the end.

    Its time zone is not UTC and its texts are ordered by their code points.

    Args:
        programs: The folder of PostgreSQL's programs.

    Yields:
        The port on 127.0.0.1.

    Raises:
        PostgresError: The server does not start.
    """
    # PostgreSQL refuses to run as root. Debian's package makes this user.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        if user:
            shutil.chown(folder, user, user)
        data, port = f"{folder}/data", _free_port()
        make = [str(programs / "initdb"), "-D", data, "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(make, cwd=folder, capture_output=True, text=True, check=False, user=user, group=user)
        if made.returncode:
            raise PostgresError(made.stderr)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "fsync": "off",
            "timezone": "Pacific/Auckland",
            "log_checkpoints": "off",
            "log_min_messages": "log",
        }
        serve = [str(programs / "postgres"), "-D", data]
        serve += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with subprocess.Popen(
            ["sh", "-c", _WITH_THIS_PROCESS, "sh", *serve],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            user=user,
            group=user,
        ) as process:
            assert process.stdin
            try:
                _wait_for_start(process)
                yield port
            finally:
                process.stdin.close()


def _wait_for_start(process: "subprocess.Popen[str]") -> None:
    assert process.stderr
    lines = []
    for line in process.stderr:
        if "ready to accept connections" in line:
            return
        lines.append(line)
    raise PostgresError("".join(lines))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
