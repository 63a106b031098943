"""`make sync`: reads the suggested streams into DuckDB with PyAirbyte, answers a question and says what came in.

The project is that of secrets/config.json, into gleap.duckdb, or without that file an emulated one, into
gleap-demo.duckdb.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import yaml
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from rich.console import Console
from rich.table import Table

from integration_tests.support.paths import DOCS, ROOT
from integration_tests.support.pyairbyte import pyairbyte_environment
from integration_tests.tools.quickstart.progress import Progress
from integration_tests.tools.quickstart.report import changes, summary, table
from source_gleap import SourceGleap
from source_gleap.manifest import stream_names

# What Airbyte suggests: a stream with a request for each ticket would take minutes.
STREAMS: list[str] = yaml.safe_load((ROOT / "metadata.yaml").read_text())["data"]["suggestedStreams"]["streams"]
LEFT_OUT = ", ".join(sorted(set(stream_names()) - set(STREAMS)))
QUESTION = DOCS / "sql" / "duckdb" / "first_response_time.sql"

# The same options give the same project, so that a second sync finds what the first one left.
EMULATED_PROJECT = ("--tickets", "3000", "--seed", "7", "--now", "2026-11-01T00:00:00Z")
CHANGED_BETWEEN_SYNCS = 25

EXAMPLE = '{"api_key": "...", "project_id": "...", "start_date": "2024-01-01T00:00:00Z"}'


class SyncError(Exception):
    """A failure that its message explains; nothing else needs to be shown."""


def read_config(path: Path) -> dict[str, Any] | None:
    """The connector configuration in `path`, None if there is no such file.

    Raises SyncError: it is no configuration, or a field cannot work. The message quotes nothing of the file.
    """
    try:
        config = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SyncError(f"secrets/{path.name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SyncError(f"secrets/{path.name} is not UTF-8 text.") from None
    except json.JSONDecodeError as error:
        raise SyncError(f"secrets/{path.name} is not JSON: {error}.") from None
    if not isinstance(config, dict):
        raise SyncError(f"secrets/{path.name} must hold a JSON object with api_key, project_id and start_date.")
    try:
        SourceGleap().configure(config, "")
    except AirbyteTracedException as error:
        raise SyncError(f"secrets/{path.name}: {error.message}") from None
    return config


def require_writable(path: Path) -> None:
    """Raises SyncError: the database is open in another program, or is no database."""
    if not path.exists():
        return
    try:
        duckdb.connect(str(path)).close()
    except duckdb.IOException as error:
        holder = re.search(r"lock is held in (.+?\(PID \d+\))", str(error))
        if "lock" not in str(error):
            raise SyncError(f"{path.name} cannot be opened: {str(error).splitlines()[0]}") from None
        program = holder[1] if holder else "another program"
        raise SyncError(f"{path.name} is open in {program}: close it there, then sync again.") from None


@contextlib.contextmanager
def emulated_project(folder: Path, changed: int) -> Iterator[dict[str, Any]]:
    """Runs the Gleap emulator and yields a configuration for it. However this process ends, the emulator ends.

    :param folder: for the configuration
    :param changed: how many records change before the first request
    """
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"  # a proxy cannot reach the emulator
    with tempfile.TemporaryDirectory(dir=folder) as private:
        config = Path(private, "config.json")
        command = [sys.executable, "-m", "integration_tests.gleap_emulator", "--port", "0", *EMULATED_PROJECT]
        emulator = subprocess.Popen(
            [*command, "--config-file", str(config), "--stop-with-parent"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with emulator:
            try:
                url = emulator.stdout.readline().strip() if emulator.stdout else ""
                if not url:
                    raise SyncError("the emulator did not start.")
                if changed:
                    # The seed makes every sync find other changes.
                    order = f"/__emulator__/change?count={changed}&seed={time.time_ns()}"
                    urllib.request.urlopen(url.removesuffix("/v3") + order, b"").close()
                yield json.loads(config.read_text())
            finally:
                emulator.terminate()


def snapshot(cache: Any, stream: str) -> dict[str, int]:
    """A hash of every row by its id; empty if the stream has no table yet."""
    if not cache.run_sql_query(f"SELECT 1 FROM information_schema.tables WHERE table_name = '{stream}'"):
        return {}
    rows = f"SELECT COLUMNS(name -> NOT starts_with(name, '_airbyte_')) FROM {stream}"
    return {row["id"]: row["hash"] for row in cache.run_sql_query(f"SELECT id, hash(t) AS hash FROM ({rows}) t")}


def claim(cache: Any, project: str) -> bool:
    """Ties the database to a project, whose state and rows it holds from then on.

    :return: whether it has been synced before
    """
    cache.execute_sql("CREATE TABLE IF NOT EXISTS _synced_project (id VARCHAR)")
    held = [row["id"] for row in cache.run_sql_query("SELECT id FROM _synced_project")]
    if held and held != [project]:
        raise SyncError(f"{Path(cache.db_path).name} holds {held[0]}, not {project}: move it away, then sync again.")
    if not held:
        cache.execute_sql(f"INSERT INTO _synced_project VALUES ('{project}')")
    return bool(cache.run_sql_query("SELECT 1 FROM information_schema.tables WHERE table_name = 'tickets'"))


def observed_source(config: Mapping[str, Any], progress: Progress) -> Any:
    """The connector, as PyAirbyte runs it, with `progress` looking on."""
    import airbyte

    source = airbyte.get_source("source-gleap", local_executable=Path(sys.executable).with_name("source-gleap"))
    source.set_config(dict(config), validate=False)  # the connector validates; PyAirbyte would quote the key
    peek = source._peek_airbyte_message

    def see_and_peek(message: Any, **options: Any) -> None:
        progress.see(message)
        if message.trace and message.trace.stream_status and message.trace.stream_status.status.value == "COMPLETE":
            # PyAirbyte (0.71.3) waits for this word, which the protocol does not have, to store a stream that was read.
            # Otherwise it stores none before the last, and none at all if one fails.
            message.trace.stream_status.status = "SUCCEEDED"
        peek(message, **options)

    source._peek_airbyte_message = see_and_peek
    return source


def run_sync(
    config: Mapping[str, Any], project: str, database: Path, cache_folder: Path, progress: Progress
) -> list[str | Table]:
    """Checks the configuration, reads all streams into the database and asks it the question.

    :param project: names the project whose rows the database may hold
    :return: the report
    """
    progress.say("starting PyAirbyte")
    from airbyte.caches import DuckDBCache

    source = observed_source(config, progress)
    progress.say("checking the connection")
    source.check()
    with DuckDBCache(db_path=database, cache_dir=cache_folder) as cache:
        incremental = claim(cache, project)
        before = {stream: snapshot(cache, stream) for stream in STREAMS}
        progress.say("reading")
        with progress.reading():
            source.read(cache=cache, streams=STREAMS, skip_validation=True)
        after = {stream: snapshot(cache, stream) for stream in STREAMS}
        answer = cache.run_sql_query(QUESTION.read_text())
    found = {stream: changes(before[stream], after[stream]) for stream in STREAMS}
    rows = {stream: seen.rows for stream, seen in progress.streams.items()}
    header = ["stream", "rows read", "new", "changed", f"rows in {database.name}"]
    return [
        QUESTION.read_text().splitlines()[0].removeprefix("-- "),
        table(list(answer[0]), [list(row.values()) for row in answer]) if answer else "There are no tickets.",
        f"Asked with {QUESTION.relative_to(ROOT)}.",
        table(header, [[stream, rows[stream], *found[stream], len(after[stream])] for stream in STREAMS]),
        summary(sum(rows.values()), found, incremental),
        f"Left out, because it takes a request for each ticket: {LEFT_OUT}.",
    ]


def main(folder: Path = ROOT) -> int:
    """Runs one sync and prints its report.

    :param folder: where secrets/config.json and the databases are
    :return: the process's exit code
    """
    start = time.monotonic()
    scratch = folder / ".cache" / "airbyte"
    os.environ.update(pyairbyte_environment(scratch))
    scratch.mkdir(parents=True, exist_ok=True)
    log = scratch / "sync.log"  # what PyAirbyte prints
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    interrupted = threading.Event()

    def interrupt(*_: object) -> None:
        interrupted.set()
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 120)
    progress = Progress(console, STREAMS)
    try:
        with contextlib.ExitStack() as stack:
            config = read_config(folder / "secrets" / "config.json")
            database = folder / ("gleap-demo.duckdb" if config is None else "gleap.duckdb")
            require_writable(database)
            for name in ("cache", "tmp"):  # hold rows, and the key, if an earlier sync was killed
                shutil.rmtree(scratch / name, ignore_errors=True)
            for name in ("logs", "tmp"):
                (scratch / name).mkdir(exist_ok=True)
            if config is None:
                print(f"No secrets/config.json: reading an emulated Gleap project. Put {EXAMPLE} there to read yours.")
                changed = CHANGED_BETWEEN_SYNCS if database.exists() else 0
                config = stack.enter_context(emulated_project(scratch / "tmp", changed))
                project = "the emulated project"
            else:
                project = f"project {config['project_id'].strip().lower()}"
            with log.open("w") as chatter, contextlib.redirect_stdout(chatter), contextlib.redirect_stderr(chatter):
                report = run_sync(config, project, database, scratch / "cache", progress)
    except (KeyboardInterrupt, Exception) as error:
        # PyAirbyte replaces it by an error that says that the connector, which Ctrl-C ends too, has failed.
        if interrupted.is_set():
            print("make sync was interrupted. The next one goes on from what is stored.", file=sys.stderr)
            return 130
        with log.open("a") as details:
            traceback.print_exc(file=details)
        # The connector's own words say what to do; PyAirbyte's tell where in PyAirbyte it happened.
        problem = error if isinstance(error, SyncError) else next(iter(progress.problems), _first_line(error))
        print(f"make sync failed: {problem}", file=sys.stderr)
        if progress.problems and progress.is_reading:
            print(progress.kept(), file=sys.stderr)
        return 1
    for part in [*report, f"Took {time.monotonic() - start:.1f} s."]:
        console.print("", part, sep="\n", markup=False, soft_wrap=isinstance(part, str))
    return 0


def _first_line(error: BaseException) -> str:
    return f"{next(iter(str(error).splitlines()), type(error).__name__)} (details: .cache/airbyte/sync.log)"


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
