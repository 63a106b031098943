"""What `source-gleap doctor` says of a sick project, which the emulator plays."""

from datetime import datetime, timezone

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.run_doctor import run_doctor

# CONTRIBUTING.md says how to play it.
SICK = Behavior(project_wide_messages=False, max_skip=90, date_filters="ignored")


def doctor_report() -> str:
    """The report as a quotation in Markdown, without its last line, which names versions."""
    project = Project.generate(seed=7, tickets=300, now=datetime(2026, 11, 1, tzinfo=timezone.utc))
    with GleapEmulator(project, SICK) as emulator:
        printed = run_doctor(emulator.config(), "").stdout
    return "\n".join(f"> {line}".rstrip() for line in printed.splitlines()[:-1])
