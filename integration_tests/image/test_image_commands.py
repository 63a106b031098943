"""The image's user runs spec, check, discover and read, as Airbyte does, against the emulator."""

import json
from typing import Any

import pytest

from integration_tests.gleap_emulator import GleapEmulator
from integration_tests.image.container import Container, Done, catalog
from integration_tests.support.destination import as_listed, differences
from integration_tests.support.run_sync import STREAMS

pytestmark = pytest.mark.image

Records = dict[str, dict[str, dict[str, Any]]]


def records(done: Done) -> Records:
    """The records by stream and id; none may come twice."""
    found: Records = {name: {} for name in STREAMS}
    for message in done.of_type("RECORD"):
        stream, data = message["record"]["stream"], message["record"]["data"]
        assert data["id"] not in found[stream]
        found[stream][data["id"]] = data
    return found


def states(done: Done) -> list[dict[str, Any]]:
    """The last state of each stream."""
    messages = [message["state"] for message in done.of_type("STATE")]
    return list({state["stream"]["stream_descriptor"]["name"]: state for state in messages}.values())


def wrong(emulator: GleapEmulator, found: Records) -> dict[tuple[str, str], object]:
    """What of the records is not what the emulator holds."""
    return {
        (stream, key): difference
        for stream in STREAMS
        for key, record in found[stream].items()
        if (difference := differences(as_listed(emulator.project.expected_records[stream][key]), record))
    }


def ids(found: Records) -> dict[str, set[str]]:
    return {stream: set(rows) for stream, rows in found.items()}


def held(emulator: GleapEmulator) -> dict[str, set[str]]:
    return {stream: set(emulator.project.expected_records[stream]) for stream in STREAMS}


def test_spec_lists_required_settings(container: Container) -> None:
    done = container.run("spec")
    (spec,) = done.of_type("SPEC")
    assert done.exit_code == 0
    assert spec["spec"]["connectionSpecification"]["required"] == ["api_key", "project_id", "start_date"]


def test_check_succeeds(container: Container, emulator: GleapEmulator) -> None:
    done = container.run("check", config=emulator.config())
    (status,) = done.of_type("CONNECTION_STATUS")
    assert (done.exit_code, status["connectionStatus"]["status"]) == (0, "SUCCEEDED")


def test_discover_lists_all_streams(container: Container, emulator: GleapEmulator) -> None:
    done = container.run("discover", config=emulator.config())
    (found,) = done.of_type("CATALOG")
    assert [stream["name"] for stream in found["catalog"]["streams"]] == list(STREAMS)
    assert done.exit_code == 0


def test_full_refresh_emits_every_record_of_the_project_once(container: Container, emulator: GleapEmulator) -> None:
    done = container.run("read", config=emulator.config(), catalog=catalog("full_refresh"))
    found = records(done)
    assert done.exit_code == 0
    assert ids(found) == held(emulator)
    assert wrong(emulator, found) == {}


def test_second_incremental_read_resumes_from_the_first_state(container: Container, emulator: GleapEmulator) -> None:
    config = emulator.config(lookback_window=0)
    first = container.run("read", config=config, catalog=catalog("incremental"))
    everything = records(first)
    assert first.exit_code == 0
    assert ids(everything) == held(emulator)

    changes = emulator.project.change(20, seed=1)
    second = container.run("read", config=config, catalog=catalog("incremental"), state=states(first))
    news = records(second)
    assert second.exit_code == 0
    assert set(changes["updated"] + changes["inserted"]) <= set(news["tickets"])
    assert sum(map(len, news.values())) < sum(map(len, everything.values())) / 5

    for stream in STREAMS:
        everything[stream].update(news[stream])
    assert ids(everything) == held(emulator)
    assert wrong(emulator, everything) == {}


@pytest.mark.parametrize("command", ["check", "discover", "read"])
def test_invalid_config_emits_trace_and_exits_with_1(
    container: Container, emulator: GleapEmulator, command: str
) -> None:
    files = {"catalog": catalog("incremental")} if command == "read" else {}
    done = container.run(command, config=emulator.config(project_id="not an id"), **files)
    (trace,) = done.of_type("TRACE")
    assert done.exit_code == 1
    assert trace["trace"]["error"]["failure_type"] == "config_error"
    assert "project_id" in trace["trace"]["error"]["message"]


def test_missing_config_file_emits_trace_and_exits_with_1(container: Container) -> None:
    exit_code, printed = container.shell('eval "$AIRBYTE_ENTRYPOINT check --config /source/missing.json"')
    kinds = [json.loads(line)["type"] for line in printed.splitlines()]
    assert exit_code == 1
    assert "TRACE" in kinds
