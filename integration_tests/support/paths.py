"""Where things are in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CATALOG = ROOT / "integration_tests" / "configured_catalog.json"
STOCK_MANIFEST = ROOT / "integration_tests" / "support" / "stock_manifest.yaml"
