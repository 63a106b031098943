"""A process ends soon, quietly and without loss when it gets SIGTERM or nobody reads its output."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from signal import SIGINT, SIGTERM, default_int_handler, signal
from typing import Any

import pytest
from airbyte_cdk.models import Type

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.destination import missing_from, upsert
from integration_tests.support.interruption import SOON_SECONDS, Gate, checkpointed
from integration_tests.support.paths import CATALOG, ROOT
from integration_tests.support.process import command, messages_of, running, written
from integration_tests.support.run_sync import STREAMS
from integration_tests.support.slow_cases import slow_except

START_SECONDS = 50
# As PyAirbyte expects it of a process that it ends.
KILLED = -SIGTERM


@pytest.fixture(autouse=True)
def _default_sigint() -> Iterator[None]:
    """Processes inherit it, and in the background of a script it is ignored."""
    before = signal(SIGINT, default_int_handler)
    yield
    signal(SIGINT, before)


def read_of(emulator: GleapEmulator, folder: Path, state: list[Any]) -> list[str]:
    """The command line of a read of all streams, from `state` on."""
    config = written(folder / "config.json", emulator.config(lookback_window=0))
    states = written(folder / "state.json", state) if state else None
    return command("read", config=config, catalog=CATALOG, state=states)


@pytest.mark.parametrize(
    ("number", "responses"),
    slow_except([(SIGINT, 12)], [(SIGINT, 12), (SIGTERM, 1), (SIGTERM, 12), (SIGTERM, 30)]),
)
def test_signal_ends_read_with_whole_lines_and_next_read_is_complete(
    tmp_path: Path, number: int, responses: int
) -> None:
    project = Project.generate(seed=responses, tickets=150, days=300)
    with GleapEmulator(project, Behavior(page_cap=20)) as emulator:
        with Gate(responses) as emulator.before_request, running(read_of(emulator, tmp_path, []), tmp_path) as process:
            assert emulator.before_request.reached.wait(60)
            process.send_signal(number)
            output, complaints = process.communicate(timeout=SOON_SECONDS)
        assert (process.returncode, complaints) == (-number, b"")
        before, states = checkpointed(output, [])
        emulator.before_request = None
        rest = subprocess.run(read_of(emulator, tmp_path, states), capture_output=True, timeout=120, check=True)
    after, _ = checkpointed(rest.stdout, states)
    destination: dict[str, dict[str, dict[str, Any]]] = {stream: {} for stream in STREAMS}
    for record in before + after:
        upsert([record["data"]], destination[record["stream"]])
    assert missing_from(destination, project) == {}


def hanging_source(how: str, folder: Path) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """The source that is cut off after a record and a state, by `how`."""
    config = written(folder / "config.json", GleapEmulator(Project.empty(), port=1).config())
    arguments = command("read", config=config, catalog=CATALOG)[2:]
    return running([sys.executable, "-m", "integration_tests.support.hanging_source", how, *arguments], ROOT)


def test_sigterm_flushes_buffered_state(tmp_path: Path) -> None:
    with hanging_source("waits", tmp_path) as process:
        assert process.stderr
        assert process.stderr.readline() == b"waiting\n"
        process.send_signal(SIGTERM)
        output, complaints = process.communicate(timeout=SOON_SECONDS)
    assert (process.returncode, complaints) == (KILLED, b"")
    assert [message.type for message in messages_of(output)][-2:] == [Type.RECORD, Type.STATE]


def test_failed_read_exits_while_a_worker_hangs(tmp_path: Path) -> None:
    with hanging_source("fails", tmp_path) as process:
        output, complaints = process.communicate(timeout=START_SECONDS + SOON_SECONDS)
    assert (process.returncode, complaints) == (1, b"")
    assert [message.type for message in messages_of(output)][-3:] == [Type.RECORD, Type.STATE, Type.TRACE]
    assert b"Out of memory." in output


def test_sigterm_ends_read_when_stdout_is_blocked(tmp_path: Path) -> None:
    # Far more than a pipe holds.
    with (
        Gate(6) as gate,
        GleapEmulator(Project.generate(seed=11, tickets=1000), before_request=gate) as emulator,
        running(read_of(emulator, tmp_path, []), tmp_path) as process,
    ):
        assert gate.reached.wait(60)
        process.send_signal(SIGTERM)
        assert process.wait(SOON_SECONDS) == KILLED


def test_read_exits_quietly_when_stdout_is_closed(tmp_path: Path) -> None:
    # So many records that workers wait until some are printed.
    with (
        GleapEmulator(Project.generate(seed=11, tickets=5000)) as emulator,
        running(read_of(emulator, tmp_path, []), tmp_path) as process,
    ):
        assert process.stdout
        assert process.stderr
        for _ in range(100):
            assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(SOON_SECONDS) == 1
        assert process.stderr.read() == b""


@pytest.mark.slow
def test_spec_exits_quietly_when_stdout_is_closed(tmp_path: Path) -> None:
    with running(command("spec"), tmp_path) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.wait(START_SECONDS + SOON_SECONDS) == 1
        assert process.stderr.read() == b""
