"""How PyAirbyte is set up before it is imported."""

from pathlib import Path


def pyairbyte_environment(folder: Path) -> dict[str, str]:
    """What PyAirbyte reads when it is imported, so that its files stay in a folder and it asks no other server.

    The first two, each enough, turn its telemetry off; offline, it also asks no registry for the connector.
    """
    return {
        "DO_NOT_TRACK": "1",
        "AIRBYTE_OFFLINE_MODE": "1",
        "NO_LIVE_PROGRESS": "1",
        "AIRBYTE_PROJECT_DIR": str(folder),
        "AIRBYTE_INSTALL_DIR": str(folder),
        "AIRBYTE_CACHE_ROOT": str(folder / "cache"),
        "AIRBYTE_LOGGING_ROOT": str(folder / "logs"),
        "AIRBYTE_TEMP_DIR": str(folder / "tmp"),
    }
