"""A misspelt optional setting keeps its default, and is named once in every command."""

import logging

import pytest

from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.support.run_sync import run_sync
from source_gleap import SourceGleap

PROJECT = Project.generate(seed=3, tickets=5)


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("num_worker", "Unknown setting 'num_worker' is ignored; did you mean 'num_workers'?"),
        ("Lookback-Window", "Unknown setting 'Lookback-Window' is ignored; did you mean 'lookback_window'?"),
        ("colour", "Unknown setting 'colour' is ignored."),
    ],
)
def test_misspelt_setting_gets_one_warning_in_check_and_read(
    name: str, warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("test_unknown_settings")
    with GleapEmulator(PROJECT) as emulator:
        config = emulator.config(**{name: 8})
        SourceGleap().check(logger, SourceGleap().configure(config, ""))
        done = run_sync(config, ["teams"])
    assert [record.message for record in caplog.records if record.name == logger.name] == [warning]
    assert [line for line in done.log if "nknown setting" in line] == [warning]


def test_configuration_of_known_settings_gets_no_warning() -> None:
    with GleapEmulator(PROJECT) as emulator:
        done = run_sync(emulator.config(__injected_by_the_cdk={}, num_workers=2), ["teams"])
    assert not any("nknown setting" in line for line in done.log)
