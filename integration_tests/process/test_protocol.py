"""Every command prints Airbyte's protocol and nothing else: messages, stream statuses, states that count."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from airbyte_cdk.models import AirbyteMessage, Type

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.paths import CATALOG
from integration_tests.support.process import (
    ProtocolViolationError,
    catalog,
    command,
    messages_of,
    parse_message,
    written,
)
from integration_tests.support.run_sync import STREAMS
from integration_tests.support.slow_cases import slow_except

RECORD = b'{"type":"RECORD","record":{"stream":"teams","data":{"id":"1"},"emitted_at":1}}\n'


@dataclass(frozen=True)
class Output:
    """What one command printed."""

    code: int
    messages: list[AirbyteMessage]

    def of(self, kind: Type) -> list[AirbyteMessage]:
        return [message for message in self.messages if message.type == kind]

    def statuses(self, stream: str) -> list[str]:
        """The statuses of a stream, in the order in which they were printed."""
        traces = [message.trace.stream_status for message in self.of(Type.TRACE) if message.trace]
        return [trace.status.value for trace in traces if trace and trace.stream_descriptor.name == stream]

    def errors(self) -> list[tuple[str | None, str]]:
        """The stream, None for the whole sync, and the message of each TRACE error."""
        traces = [message.trace.error for message in self.of(Type.TRACE) if message.trace]
        return [(e.stream_descriptor.name if e.stream_descriptor else None, e.message) for e in traces if e]

    def story(self, stream: str) -> list[str]:
        """Statuses, `record` and `state`, as they were printed of one stream; no word twice in a row."""
        words = [word for message in self.messages if (word := _word(message, stream))]
        return [word for word, before in zip(words, [None, *words], strict=False) if word != before]


def _word(message: AirbyteMessage, stream: str) -> str | None:
    if message.record:
        return "record" if message.record.stream == stream else None
    if message.state and message.state.stream:
        return "state" if message.state.stream.stream_descriptor.name == stream else None
    status = message.trace.stream_status if message.trace else None
    return status.status.value if status and status.stream_descriptor.name == stream else None


def run(arguments: list[str], folder: Path) -> Output:
    """Runs one command in `folder`. Every line has to be a message, and stderr silent."""
    done = subprocess.run(arguments, cwd=folder, capture_output=True, timeout=120, check=False)
    assert done.stderr == b""
    return Output(done.returncode, messages_of(done.stdout))


def read(emulator: GleapEmulator, folder: Path, *streams: str) -> Output:
    config = written(folder / "config.json", emulator.config())
    return run(command("read", config=config, catalog=catalog(folder, streams or STREAMS)), folder)


@pytest.fixture(scope="module")
def malformed() -> Iterator[GleapEmulator]:
    with GleapEmulator(Project.generate(seed=11, tickets=120, malformed=True)) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def malformed_output(malformed: GleapEmulator, tmp_path_factory: pytest.TempPathFactory) -> Output:
    return read(malformed, tmp_path_factory.mktemp("malformed"))


@pytest.mark.parametrize(
    "line",
    [
        b"Traceback (most recent call last):\n",
        b"\n",
        b"{}\n",
        b'"RECORD"\n',
        RECORD[:-1],
        RECORD[: len(RECORD) // 2] + b"\n",
        RECORD[: len(RECORD) // 2] + RECORD,
        RECORD[:-1] + RECORD,
        RECORD.replace(b'"1"', b"NaN"),
        RECORD.replace(b'"1"', b'"\xff"'),
        RECORD.replace(b"}}\n", b'},"id":1,"id":2}\n'),
        RECORD.replace(b"RECORD", b"REPORT"),
        RECORD.replace(b'"record"', b'"state"'),
        RECORD.replace(b'"emitted_at"', b'"emittedAt"'),
        RECORD.replace(b":1}", b':"now"}'),
        RECORD.replace(b":1}}", b':1},"note":1}'),
        RECORD.replace(b":1}}", b':1,"note":1}}'),
        RECORD.replace(b":1}}", b':1},"log":{"level":"INFO","message":""}}'),
    ],
)
def test_parse_message_rejects_invalid_lines(line: bytes) -> None:
    assert parse_message(RECORD).record
    with pytest.raises(ProtocolViolationError):
        parse_message(line)


RESULTS = [("spec", Type.SPEC), ("check", Type.CONNECTION_STATUS), ("discover", Type.CATALOG)]


@pytest.mark.parametrize(("verb", "kind"), slow_except([("check", Type.CONNECTION_STATUS)], RESULTS))
def test_spec_check_and_discover_print_logs_and_one_result(
    malformed: GleapEmulator, tmp_path: Path, verb: str, kind: Type
) -> None:
    config = None if verb == "spec" else written(tmp_path / "config.json", malformed.config())
    output = run(command(verb, config=config), tmp_path)
    assert output.code == 0
    assert [message.type for message in output.messages if message.type != Type.LOG] == [kind]


def test_read_of_malformed_records_prints_only_messages(malformed: GleapEmulator, malformed_output: Output) -> None:
    output = malformed_output
    assert output.code == 0
    assert output.errors() == []
    assert {message.type for message in output.messages} == {Type.LOG, Type.TRACE, Type.RECORD, Type.STATE}
    assert len(output.of(Type.RECORD)) == sum(len(malformed.project.expected_records[stream]) for stream in STREAMS)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["check", "discover", "read"])
def test_failing_command_prints_only_messages(tmp_path: Path, verb: str) -> None:
    config = written(tmp_path / "config.json", {"api_key": "k"})
    output = run(command(verb, config=config, catalog=CATALOG if verb == "read" else None), tmp_path)
    assert output.code == 1
    assert [stream for stream, _ in output.errors()] == [None]


def test_stream_is_running_before_its_first_record_and_complete_after_its_last(
    malformed_output: Output,
) -> None:
    output = malformed_output
    for stream in STREAMS:
        story = output.story(stream)
        assert output.statuses(stream) == ["STARTED", "RUNNING", "COMPLETE"]
        # States may be anywhere: of a window without records, and the last one, which the CDK prints after COMPLETE.
        but_states = [word for word in story if word != "state"]
        assert but_states[:3] == ["STARTED", "RUNNING", "record"]
        assert set(but_states[3:-1]) <= {"record"}
        assert but_states[-1] == "COMPLETE"
        assert "record" not in story[len(story) - story[::-1].index("state") :]


def test_empty_stream_completes_without_running_and_emits_a_state(tmp_path: Path) -> None:
    project = Project.empty()
    project.add("teams", name="First level")
    with GleapEmulator(project) as emulator:
        output = read(emulator, tmp_path)
    assert output.code == 0
    assert output.statuses("teams") == ["STARTED", "RUNNING", "COMPLETE"]
    for stream in set(STREAMS) - {"teams"}:
        assert output.statuses(stream) == ["STARTED", "COMPLETE"]
        assert "state" in output.story(stream)


@pytest.mark.parametrize(
    ("refused_from", "statuses"),
    [
        pytest.param(1, ["STARTED", "INCOMPLETE"], id="at once", marks=pytest.mark.slow),
        pytest.param(2, ["STARTED", "RUNNING", "INCOMPLETE"], id="after a page"),
    ],
)
def test_failed_stream_is_incomplete_and_other_streams_complete(
    tmp_path: Path, refused_from: int, statuses: list[str]
) -> None:
    asked = []

    def refuse(request: Request) -> Fault | None:
        if request.stream == "sessions":
            asked.append(request)
        is_refused = request.stream == "sessions" and len(asked) >= refused_from
        return Fault.status(400, b'{"message":"No sessions today"}') if is_refused else None

    # One window, so that the first page has rows.
    project = Project.generate(seed=11, tickets=120, days=20)
    with GleapEmulator(project, Behavior(page_cap=50), fault=refuse) as emulator:
        output = read(emulator, tmp_path)
    assert output.code == 1
    assert output.statuses("sessions") == statuses
    for stream in set(STREAMS) - {"sessions"}:
        assert output.statuses(stream) == ["STARTED", "RUNNING", "COMPLETE"]
    of_sessions = [text for stream, text in output.errors() if stream == "sessions"]
    assert of_sessions
    assert all("No sessions today" in text for text in of_sessions)
    assert {stream for stream, _ in output.errors()} == {"sessions", None}


def test_state_counts_records_since_the_previous_state(tmp_path: Path) -> None:
    project = Project.generate(seed=11, tickets=120, days=300)
    with GleapEmulator(project, Behavior(page_cap=40)) as emulator:
        output = read(emulator, tmp_path)
    since = dict.fromkeys(STREAMS, 0)
    states = 0
    for message in output.messages:
        if message.record:
            since[message.record.stream] += 1
        elif message.state:
            assert message.state.stream
            assert message.state.sourceStats
            stream = message.state.stream.stream_descriptor.name
            assert message.state.sourceStats.recordCount == since[stream]
            since[stream], states = 0, states + 1
    assert since == dict.fromkeys(STREAMS, 0)
    assert states > 2 * len(STREAMS)
