"""What is made from the connector is current, and docs/gleap.md has the form that Airbyte expects of such a page."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from integration_tests.support.paths import DOCS
from integration_tests.tools.docs.connector_metadata import Connector, target
from integration_tests.tools.docs.diagram import diagram
from integration_tests.tools.docs.files import current
from integration_tests.tools.docs.tables import TYPES, kind

ROOT = DOCS.parent
PAGE = (DOCS / "gleap.md").read_text()
WRITTEN = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])

# In this order, says Airbyte; others may come in between.
HEADERS = """\
# Gleap
## Prerequisites
## Setup guide
## Set up Gleap
## Set up the Gleap connector in Airbyte
### For Airbyte Cloud:
### For Airbyte Open Source:
## Supported sync modes
## Supported Streams
### Performance considerations
## Data type map
## Limitations & Troubleshooting
### Tutorials
## IP allow list
## Changelog""".splitlines()

# In these words, says Airbyte.
WORDS = [
    "<HideInUI>\n\nThis page contains the setup guide and reference information for the [Gleap](https://www.gleap.io) "
    "source connector.\n\n</HideInUI>",
    "### For Airbyte Cloud:\n\n"
    "1. [Log into your Airbyte Cloud](https://cloud.airbyte.com/workspaces) account.\n"
    "2. Click Sources and then click + New source.\n"
    "3. On the Set up the source page, select Gleap from the Source type dropdown.\n"
    "4. Enter a name for the Gleap connector.\n",
    "### For Airbyte Open Source:\n\n1. Navigate to the Airbyte Open Source dashboard.\n",
    "## Supported sync modes\n\nThe Gleap source connector supports the following "
    "[sync modes](https://docs.airbyte.com/cloud/core-concepts/#connection-sync-modes):\n",
    "### Tutorials\n\nNow that you have set up the Gleap source connector, check out the following Gleap tutorials:\n",
    "## IP allow list\n\nIf you use Airbyte Cloud and your organization restricts access to specific IPs, add the "
    "[Airbyte Cloud IP addresses](https://docs.airbyte.com/platform/operating-airbyte/ip-allowlist) to your allow list."
    "\n\n## Changelog\n\n<details>\n  <summary>Expand to review</summary>\n",
]


@pytest.fixture(scope="module")
def connector() -> Connector:
    return Connector.installed()


def headers(text: str) -> list[str]:
    return re.findall(r"^#{1,6} .*$", text, re.MULTILINE)


def test_generated_documents_are_current() -> None:
    stale = [path.name for path, text in current().items() if path.read_text() != text]
    assert stale == [], "make docs brings them up to date"


def test_page_has_airbyte_headers_in_airbyte_order() -> None:
    found = headers(PAGE)
    assert [header for header in found if header in HEADERS] == HEADERS
    assert found.index("## IP allow list") + 1 == found.index("## Changelog")
    assert "PyAirbyte" not in "".join(found)


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words[:20].strip())
def test_page_has_airbyte_wording(words: str) -> None:
    assert words in PAGE


def test_prerequisites_name_every_required_setting(connector: Connector) -> None:
    prerequisites = PAGE.partition("## Prerequisites")[2].partition("\n## ")[0]
    for name in connector.required:
        assert f"**{connector.settings[name]['title']}**" in prerequisites


def test_page_lists_every_setting_and_every_field(connector: Connector) -> None:
    for name in connector.settings:
        assert f"| `{name}` |" in PAGE
    for stream, fields in connector.fields.items():
        table = PAGE.partition(f"<summary>{stream}: ")[2].partition("</details>")[0]
        assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(fields)


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


def test_diagram_refuses_a_stream_without_a_place(connector: Connector) -> None:
    with pytest.raises(KeyError):
        diagram({**connector.fields, "articles": {"survey": {"x-references": "surveys"}}})


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
