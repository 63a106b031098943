"""On what a benchmark was run."""

import os
import platform
import sys
from collections.abc import Mapping
from datetime import datetime, timezone
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from integration_tests.support.paths import ROOT

_ENVIRONMENTS = ROOT / ".cache" / "environments"
# Packages, and the environment that each is installed in; None: the connector's.
_PACKAGES = {
    "airbyte-cdk": None,
    "dlt": "dlt",
    "singer-sdk": "singer",
    "requests": None,
    "urllib3": None,
    "orjson": None,
    "duckdb": None,
}


def environment_of(peer: str | None) -> Path:
    """The virtual environment of a peer, or with None the connector's, in which this process runs."""
    return _ENVIRONMENTS / peer if peer else Path(sys.prefix)


def versions() -> Mapping[str, str]:
    """Versions of what the candidates are made of."""
    return {name: _version(name, environment_of(peer)) for name, peer in _PACKAGES.items()}


def _version(name: str, environment: Path) -> str:
    path = [str(found) for found in environment.glob("lib/python*/site-packages")]
    return next(iter(distributions(name=name, path=path))).version


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
