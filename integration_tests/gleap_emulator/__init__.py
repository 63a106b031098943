"""A server that behaves as Gleap's API is known to behave (API.md), on data that it generates from a seed.

with GleapEmulator(Project.generate(tickets=100)) as gleap:
    source.read(gleap.config(), ...)
    assert records == gleap.project.truth["tickets"]
"""

from .faults import Fault
from .moods import Moods
from .project import Project
from .request import Request
from .server import GleapEmulator

__all__ = ["Fault", "GleapEmulator", "Moods", "Project", "Request"]
