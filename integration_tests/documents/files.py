"""Which file is made from what."""

from pathlib import Path

from integration_tests.documents import page, terminal
from integration_tests.documents.connector import Connector
from integration_tests.documents.diagram import diagram

DOCS = Path(__file__).resolve().parents[2] / "docs"


def current() -> dict[Path, str]:
    """What each of the files should hold. Where only a part of it is made here, the rest is what it holds already."""
    connector = Connector.installed()
    return {
        DOCS / "gleap.md": page.updated((DOCS / "gleap.md").read_text(), connector),
        DOCS / "entities.svg": diagram(connector.fields),
        DOCS / "sync.svg": terminal.picture((DOCS / "sync.txt").read_text()),
    }
