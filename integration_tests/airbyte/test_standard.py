"""Airbyte's standard tests of a source, on the scenarios of acceptance-test-config.yml."""

from pathlib import Path

from airbyte_cdk.test.models import ConnectorTestScenario
from airbyte_cdk.test.standard_tests import SourceTestSuiteBase

from integration_tests.airbyte.scenario_configs import FOLDER
from integration_tests.support.paths import ROOT
from source_gleap import SourceGleap


class TestSourceGleap(SourceTestSuiteBase):
    connector = SourceGleap

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        return ROOT

    @classmethod
    def get_scenarios(cls) -> list[ConnectorTestScenario]:
        """Those of the file, with the configurations of this process."""
        return [
            scenario.model_copy(update={"config_path": FOLDER / scenario.config_path.name})
            for scenario in super().get_scenarios()
            if scenario.config_path
        ]


def test_scenarios_allow_no_empty_stream_and_no_invalid_record() -> None:
    scenarios = TestSourceGleap.get_scenarios()
    assert {scenario.test_strictness_level for scenario in scenarios} == {"high"}
    assert [scenario.id for scenario in scenarios if scenario.empty_streams or not scenario.validate_schema] == []
    assert [scenario.id for scenario in scenarios if scenario.is_basic_read_config] != []
