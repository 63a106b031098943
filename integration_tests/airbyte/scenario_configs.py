"""The configurations that acceptance-test-config.yml names, made for one emulator."""

import json
import os

from integration_tests.gleap_emulator import GleapEmulator
from integration_tests.support.paths import ROOT

# Each process of pytest-xdist has an emulator of its own, and so a folder.
FOLDER = ROOT / ".tmp" / "standard_tests" / os.environ.get("PYTEST_XDIST_WORKER", "")


def write_configurations(emulator: GleapEmulator) -> None:
    """Writes one file for each scenario into `FOLDER`."""
    configurations = {
        "valid_config": emulator.config(),
        "messages_by_ticket": emulator.config(messages_mode="ticket"),
        "wrong_key": emulator.config(api_key="another-key-0123456789"),
        "wrong_project": emulator.config(project_id="0" * 24),
        "invalid_config": emulator.config(project_id="my project", start_date="yesterday"),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, configuration in configurations.items():
        (FOLDER / f"{name}.json").write_text(json.dumps(configuration))
