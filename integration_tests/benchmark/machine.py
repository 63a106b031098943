"""On what a benchmark was run."""

import os
import platform
from collections.abc import Mapping
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PACKAGES = ("airbyte-cdk", "dlt", "singer-sdk", "requests", "urllib3", "orjson", "duckdb")


def versions() -> Mapping[str, str]:
    """Versions of what the candidates are made of."""
    return {name: version(name) for name in _PACKAGES}


def machine() -> Mapping[str, Any]:
    """Processor, memory and the like; `load`: how many processes wanted a core in the last minute."""
    return {
        "date": f"{datetime.now(timezone.utc):%Y-%m-%d}",
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
