"""Puts an emulated Gleap behind Airbyte's standard tests, for `make test` and for the `airbyte-cdk` command."""

from collections.abc import Iterator

import pytest

from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.standard_scenarios import write_configurations

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]


@pytest.fixture(scope="session")
def emulated_scenarios() -> Iterator[GleapEmulator]:
    """The emulator that the configurations of acceptance-test-config.yml lead to; they exist from here on."""
    with GleapEmulator(Project.generate(seed=7, tickets=100, hostile=True)) as emulator:
        write_configurations(emulator)
        yield emulator


@pytest.fixture(autouse=True)
def _gleap_behind_scenarios(request: pytest.FixtureRequest) -> None:
    if "scenario" in request.fixturenames:
        request.getfixturevalue("emulated_scenarios")
