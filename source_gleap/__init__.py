"""source-gleap: an Airbyte source for Gleap."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from source_gleap.source import SourceGleap

__all__ = ["SourceGleap"]


def __getattr__(name: str) -> Any:
    # Imported when it is used: `run` has something to do before the CDK is imported.
    if name == "SourceGleap":
        from source_gleap.source import SourceGleap

        return SourceGleap
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
