"""Generated parts of the documents are current, links resolve, and docs/gleap.md names every setting and field."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from integration_tests.gleap_emulator import Behavior
from integration_tests.gleap_emulator.__main__ import parse_behavior
from integration_tests.support.column_types import DUCKDB, POSTGRES
from integration_tests.support.paths import DOCS
from integration_tests.tools.docs.connector_metadata import Connector, target
from integration_tests.tools.docs.diagram import diagram
from integration_tests.tools.docs.doctor_report import SICK
from integration_tests.tools.docs.files import current
from integration_tests.tools.docs.page_parts import TYPES, kind
from integration_tests.tools.docs.terminal_svg import picture

ROOT = DOCS.parent
PAGE = (DOCS / "gleap.md").read_text()
WRITTEN = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])


@pytest.fixture(scope="module")
def connector() -> Connector:
    return Connector.installed()


def headers(text: str) -> list[str]:
    return re.findall(r"^#{1,6} .*$", text, re.MULTILINE)


def test_generated_documents_are_current() -> None:
    stale = [path.name for path, text in current().items() if path.read_text() != text]
    assert stale == [], "make docs brings them up to date"


def test_contributing_plays_the_project_whose_report_the_page_shows() -> None:
    named = re.findall(r"--behavior (\w+=\S+)", (ROOT / "CONTRIBUTING.md").read_text())
    assert Behavior(**dict(map(parse_behavior, named))) == SICK


def test_prerequisites_name_every_required_setting(connector: Connector) -> None:
    prerequisites = PAGE.partition("## Prerequisites")[2].partition("\n## ")[0]
    for name in connector.required:
        assert f"**{connector.settings[name]['title']}**" in prerequisites


def test_page_lists_every_setting_and_every_field(connector: Connector) -> None:
    for name in connector.settings:
        assert f"**, `{name}` (" in PAGE
    for stream, fields in connector.fields.items():
        listed = PAGE.partition(f"<summary>{stream}: ")[2].partition("</details>")[0]
        assert re.findall(r"^- `(\w+)`", listed, re.MULTILINE) == list(fields)


def test_page_explains_every_field_type(connector: Connector) -> None:
    assert {kind(schema) for fields in connector.fields.values() for schema in fields.values()} == TYPES.keys()


def test_diagram_draws_and_describes_every_reference(connector: Connector) -> None:
    references = [
        f"{stream}.{field} is an id of {target(schema)}."
        for stream, fields in connector.fields.items()
        for field, schema in fields.items()
        if target(schema)
    ]
    drawn = diagram(connector.fields)
    assert drawn.count('class="arrow"') == len(references)
    assert all(reference in drawn for reference in references)


def test_diagram_shows_what_a_field_refers_to_and_is_no_stream(connector: Connector) -> None:
    drawn = diagram({**connector.fields, "articles": {"survey": {"x-references": "quizzes"}}})
    assert drawn.count(">quizzes</text>") == 2


def test_terminal_picture_keeps_its_columns_without_css() -> None:
    assert ET.fromstring(picture("a  b")).attrib["{http://www.w3.org/XML/1998/namespace}space"] == "preserve"


def test_changelogs_contain_the_version_of_pyproject_toml() -> None:
    (version,) = re.findall(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert f"\n## {version}\n" in (ROOT / "CHANGELOG.md").read_text()
    assert f"\n| {version} |" in PAGE.partition("## Changelog")[2]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_every_link_has_a_target(path: Path) -> None:
    text = path.read_text()
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        address = urlsplit(link)
        if address.scheme:
            assert address.scheme == "https", link
            continue
        file = (path.parent / address.path).resolve() if address.path else path
        assert file.exists(), link
        if address.fragment:
            assert address.fragment in anchors(file.read_text()), link


def anchors(text: str) -> set[str]:
    """What a link into a page may name: its headers as GitHub makes anchors of them, and those that are written out."""
    names = [re.sub(r"[^\w\- ]", "", header.lstrip("# ").lower()).replace(" ", "-") for header in headers(text)]
    return {*names, *re.findall(r'<a id="([^"]+)">', text)}


def test_page_shows_the_types_of_columns_that_are_measured() -> None:
    table = PAGE.partition("\n## Data type map\n")[2].partition("\n## ")[0]
    shown = {
        kind.replace("timestamp_with_timezone", "date-time"): (duckdb, postgres)
        for kind, duckdb, postgres in re.findall(
            r"^\| [^|]+ \| `(\w+)` \| `([^`]+)` \| `([^`]+)` \|", table, re.MULTILINE
        )
    }
    assert shown == {kind: (duckdb, POSTGRES[kind]) for kind, duckdb in DUCKDB.items()}
