"""Puts an emulated Gleap behind Airbyte's standard tests, for `make test` and `airbyte-cdk`; sets up Hypothesis."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from integration_tests.airbyte.scenario_configs import write_configurations
from integration_tests.gleap_emulator import GleapEmulator, Project

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]

_NO_DEADLINE = settings(
    deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.register_profile("quick", _NO_DEADLINE, max_examples=10)
settings.register_profile("whole", _NO_DEADLINE, max_examples=500)
settings.load_profile("quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs the slow tests first, so that no core waits for one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def emulated_scenarios() -> Iterator[GleapEmulator]:
    """The emulator of the configurations that acceptance-test-config.yml names; they exist from here on."""
    with GleapEmulator(Project.generate(seed=7, tickets=100, malformed=True)) as emulator:
        write_configurations(emulator)
        yield emulator


@pytest.fixture(autouse=True)
def _gleap_behind_scenarios(request: pytest.FixtureRequest) -> None:
    if "scenario" in request.fixturenames:
        request.getfixturevalue("emulated_scenarios")
