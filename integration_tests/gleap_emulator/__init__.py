"""A server that behaves as Gleap's API is known to behave (docs/API.md), on data that it generates from a seed.

with GleapEmulator(Project.generate(tickets=100)) as gleap:
    source.read(gleap.config(), ...)
    assert records == gleap.project.expected_records["tickets"]
"""

from integration_tests.gleap_emulator.behavior import Behavior
from integration_tests.gleap_emulator.messages import Fault, Request
from integration_tests.gleap_emulator.project import Project
from integration_tests.gleap_emulator.server import GleapEmulator

__all__ = ["Behavior", "Fault", "GleapEmulator", "Project", "Request"]
