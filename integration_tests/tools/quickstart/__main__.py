"""`make sync`: reads every stream into gleap.duckdb with PyAirbyte and says what came in.

The project is that of secrets/config.json or, without that file, an emulated one.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from integration_tests.support.paths import ROOT
from integration_tests.tools.quickstart.report import changes, summary, table
from source_gleap.manifest import stream_names

CONFIG = ROOT / "secrets" / "config.json"
DATABASE = ROOT / "gleap.duckdb"
SCRATCH = ROOT / ".cache" / "airbyte"
STREAMS = stream_names()

# The same options give the same project, so that a second sync finds what the first one left.
EMULATED_PROJECT = ("--tickets", "3000", "--seed", "7", "--now", "2026-11-01T00:00:00Z")
CHANGED_BETWEEN_SYNCS = 25

# Read by PyAirbyte when it is imported. The first two, each enough, turn its telemetry off; offline, it also asks no
# registry for the connector. The others keep its files out of the home directory, /tmp and this one.
PYAIRBYTE_ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "AIRBYTE_OFFLINE_MODE": "1",
    "NO_LIVE_PROGRESS": "1",
    "AIRBYTE_PROJECT_DIR": str(SCRATCH),
    "AIRBYTE_INSTALL_DIR": str(SCRATCH),
    "AIRBYTE_CACHE_ROOT": str(SCRATCH / "cache"),
    "AIRBYTE_LOGGING_ROOT": str(SCRATCH / "logs"),
    "AIRBYTE_TEMP_DIR": str(SCRATCH / "tmp"),
}

EXAMPLE = '{"api_key": "...", "project_id": "...", "start_date": "2024-01-01T00:00:00Z"}'
QUESTION = "How fast do agents answer, and how many open tickets still wait for a first answer?"
ANSWER = """\
WITH first_answer AS (
    SELECT ticket, min(createdat) AS answered_at
    FROM messages
    WHERE "user" IS NOT NULL AND type <> 'NOTE' AND NOT coalesce(bot, false)
    GROUP BY ticket
)
SELECT
    coalesce(priority, 'none') AS priority,
    count(*) AS tickets,
    count(answered_at) AS answered,
    round(median(date_diff('minute', createdat, answered_at)) / 60, 1) AS median_hours,
    count(*) FILTER (answered_at IS NULL AND status <> 'DONE' AND NOT coalesce(archived, false)) AS waiting
FROM tickets LEFT JOIN first_answer ON ticket = tickets.id
WHERE NOT coalesce(isspam, false)
GROUP BY ALL
ORDER BY waiting DESC, priority"""


class SyncError(Exception):
    """A failure that its message explains; nothing else needs to be shown."""


def read_config(path: Path) -> dict[str, Any] | None:
    """The connector configuration in `path`, None if there is no such file. No error quotes what the file holds."""
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
    return config


class Progress:
    """Counts what the connector sends and prints how far it is, every three seconds and at each stream's end."""

    def __init__(self, out: TextIO) -> None:
        self.rows: Counter[str] = Counter()
        self.problems: list[str] = []
        self.shows_warnings = False
        self._out, self._start, self._over = out, time.monotonic(), threading.Event()

    def see(self, message: Any) -> None:
        """Takes note of one Airbyte message."""
        if message.record:
            self.rows[message.record.stream] += 1
        elif message.log and message.log.level.value == "WARN" and self.shows_warnings:
            self.say(f"warning: {message.log.message.splitlines()[0]}")
        elif message.connectionStatus and message.connectionStatus.message:
            self.problems.append(message.connectionStatus.message.strip("'\""))  # the CDK sends it quoted
        elif message.trace and message.trace.error:
            self.problems.append(message.trace.error.message)
        elif message.trace and message.trace.stream_status and message.trace.stream_status.status.value == "COMPLETE":
            stream = message.trace.stream_status.stream_descriptor.name
            self.say(f"{stream}: all {self.rows[stream]:,} rows read")

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self._start:6.1f} s  {text}", file=self._out, flush=True)

    @contextlib.contextmanager
    def ticking(self) -> Iterator[None]:
        """Prints the rows read so far every three seconds."""
        thread = threading.Thread(target=self._tick, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _tick(self) -> None:
        while not self._over.wait(3):
            counts = ", ".join(f"{stream} {count:,}" for stream, count in sorted(self.rows.items()))
            self.say(f"... {counts or 'no rows yet'}")


@contextlib.contextmanager
def emulated_project(changed: int) -> Iterator[dict[str, Any]]:
    """Runs the Gleap emulator and yields a configuration for it. However this process ends, the emulator ends.

    :param changed: how many records change before the first request
    """
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"  # a proxy cannot reach the emulator
    with tempfile.TemporaryDirectory(dir=SCRATCH / "tmp") as folder:
        config = Path(folder, "config.json")
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
        raise SyncError(f"gleap.duckdb holds {held[0]}, not {project}: move it away, then sync again.")
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
        peek(message, **options)

    source._peek_airbyte_message = see_and_peek
    return source


def run_sync(config: Mapping[str, Any], project: str, progress: Progress) -> str:
    """Checks the configuration, reads all streams into the database and asks it the question.

    :param project: names the project whose rows the database may hold
    :return: the report
    """
    progress.say("starting PyAirbyte")
    from airbyte.caches import DuckDBCache

    source = observed_source(config, progress)
    progress.say("checking the connection")
    source.check()
    with DuckDBCache(db_path=DATABASE, cache_dir=SCRATCH / "cache") as cache:
        incremental = claim(cache, project)
        before = {stream: snapshot(cache, stream) for stream in STREAMS}
        progress.shows_warnings = True
        progress.say(f"reading {', '.join(STREAMS)}")
        source.read(cache=cache, streams=list(STREAMS), skip_validation=True)
        after = {stream: snapshot(cache, stream) for stream in STREAMS}
        answer = cache.run_sql_query(ANSWER)
    found = {stream: changes(before[stream], after[stream]) for stream in STREAMS}
    header = ["stream", "rows read", "new", "changed", f"rows in {DATABASE.name}"]
    rows = [[stream, progress.rows[stream], *found[stream], len(after[stream])] for stream in STREAMS]
    answered = table(list(answer[0]), [list(row.values()) for row in answer]) if answer else "There are no tickets."
    return "\n\n".join([table(header, rows), summary(progress.rows, found, incremental), QUESTION, ANSWER, answered])


def main() -> int:
    """Runs one sync and prints its report.

    :return: the process's exit code
    """
    start = time.monotonic()
    os.environ.update(PYAIRBYTE_ENVIRONMENT)
    shutil.rmtree(SCRATCH / "tmp", ignore_errors=True)  # holds the key if an earlier sync was killed
    for folder in ("logs", "tmp"):
        (SCRATCH / folder).mkdir(parents=True, exist_ok=True)
    log = SCRATCH / "sync.log"  # what PyAirbyte prints
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    progress = Progress(sys.stdout)
    try:
        with contextlib.ExitStack() as stack:
            config = read_config(CONFIG)
            if config is None:
                print(f"No secrets/config.json: reading an emulated Gleap project. Put {EXAMPLE} there to read yours.")
                config = stack.enter_context(emulated_project(CHANGED_BETWEEN_SYNCS if DATABASE.exists() else 0))
                project = "the emulated project"
            else:
                project = f"project {str(config.get('project_id')).strip().lower()}"
            stack.enter_context(progress.ticking())
            with log.open("w") as chatter, contextlib.redirect_stdout(chatter), contextlib.redirect_stderr(chatter):
                report = run_sync(config, project, progress)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        with log.open("a") as details:
            traceback.print_exc(file=details)
        # The connector's own words say what to do; PyAirbyte's tell where in PyAirbyte it happened.
        problem = error if isinstance(error, SyncError) else next(iter(progress.problems), _first_line(error))
        print(f"make sync failed: {problem}", file=sys.stderr)
        return 1
    print(f"\n{report}\n\nTook {time.monotonic() - start:.1f} s.")
    return 0


def _first_line(error: Exception) -> str:
    return f"{next(iter(str(error).splitlines()), type(error).__name__)} (details: .cache/airbyte/sync.log)"


if __name__ == "__main__":
    sys.exit(main())
