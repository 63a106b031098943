"""source-gleap: an Airbyte source for Gleap."""

from source_gleap.source import SourceGleap

__all__ = ["SourceGleap"]
