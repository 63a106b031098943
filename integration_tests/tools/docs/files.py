"""Which file is made from what."""

from pathlib import Path

from integration_tests.support.paths import CATALOG, DOCS, ROOT
from integration_tests.tools.docs import catalogs, page_parts, terminal_svg
from integration_tests.tools.docs.connector_metadata import Connector
from integration_tests.tools.docs.diagram import diagram


def current() -> dict[Path, str]:
    """What each of the files should hold. Where only a part of it is made here, the rest is what it holds already."""
    connector = Connector.installed()
    return {
        DOCS / "gleap.md": page_parts.updated((DOCS / "gleap.md").read_text(), connector),
        DOCS / "entities.svg": diagram(connector.fields),
        CATALOG: catalogs.configured_catalog(),
        CATALOG.with_name("abnormal_state.json"): catalogs.abnormal_state(),
        ROOT / "metadata.yaml": catalogs.with_suggested_streams((ROOT / "metadata.yaml").read_text()),
        DOCS / "sync.svg": terminal_svg.picture((DOCS / "sync.txt").read_text()),
    }
