"""The `incremental` section of acceptance-test-config.yml, which airbyte-cdk no longer runs.

What Airbyte's acceptance tests asked for: a second read that goes on from the first one's state emits less than all,
and a state from the future ends in no records, no error and no other state.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from airbyte_cdk.models import AirbyteStateMessage, AirbyteStateMessageSerializer

from integration_tests.airbyte.scenario_configs import FOLDER
from integration_tests.gleap_emulator import GleapEmulator
from integration_tests.support.paths import ROOT
from integration_tests.support.run_sync import run_sync
from integration_tests.support.streams import FULL_LISTS, PARTITIONED, WINDOWED

CONFIG = yaml.safe_load((ROOT / "acceptance-test-config.yml").read_text())
ENTRIES = CONFIG["acceptance_tests"]["incremental"]["tests"]


@pytest.fixture(params=ENTRIES, ids=[entry["config_path"].rsplit("/")[-1] for entry in ENTRIES])
def entry(request: pytest.FixtureRequest, emulated_scenarios: GleapEmulator) -> Mapping[str, Any]:
    return dict(request.param)


def configuration(entry: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return {**json.loads((FOLDER / entry["config_path"].rsplit("/")[-1]).read_text()), **changes}


def streams(entry: Mapping[str, Any]) -> list[str]:
    catalog = json.loads((ROOT / entry["configured_catalog_path"]).read_text())
    return [configured["stream"]["name"] for configured in catalog["streams"]]


def stream_of(state: AirbyteStateMessage) -> str:
    assert state.stream
    return str(state.stream.stream_descriptor.name)


def test_second_read_emits_only_records_as_new_as_the_state(entry: Mapping[str, Any]) -> None:
    config = configuration(entry, lookback_window=0)
    first = run_sync(config, streams(entry))
    second = run_sync(config, streams(entry), first.states)
    assert (first.errors, second.errors) == ([], [])
    for stream in streams(entry):
        assert len(second.records[stream]) < len(first.records[stream])
    for stream in (*WINDOWED, *FULL_LISTS):
        newest = max(record["updatedAt"] for record in first.records[stream])
        assert {record["updatedAt"] for record in second.records[stream]} == {newest}


def test_future_state_emits_no_records_and_is_kept(entry: Mapping[str, Any]) -> None:
    path = ROOT / entry["future_state"]["future_state_path"]
    given = [AirbyteStateMessageSerializer.load(state) for state in json.loads(path.read_text())]
    assert [stream_of(state) for state in given] == streams(entry)
    done = run_sync(configuration(entry), streams(entry), given)
    assert done.errors == []
    # A list for each parent starts at the start date where its own state does not say otherwise.
    own = [stream for stream in streams(entry) if stream not in PARTITIONED]
    assert {stream: len(done.records[stream]) for stream in own} == dict.fromkeys(own, 0)
    for state in done.states:
        if stream_of(state) in own:
            assert "2999-01-01T00:00:00.000Z" in json.dumps(AirbyteStateMessageSerializer.dump(state))
    assert sorted(map(stream_of, done.states)) == sorted(streams(entry))
