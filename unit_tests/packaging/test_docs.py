"""Tests that the documents name as evidence exist, and so do the things that no other file speaks of."""

import ast
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from source_gleap.manifest import MANIFEST

ROOT = Path(__file__).parents[2]
TESTS = {
    node.name
    for folder in ("unit_tests", "integration_tests")
    for path in (ROOT / folder).rglob("test_*.py")
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
}
STATUSES = {"pass", "pass, emulated", "pass within the repository", "differs", "unevaluated", "not applicable"}
EVIDENCE = ["docs/scorecard.md", "docs/no-loss.md", "docs/deploy.md", "CONTRIBUTING.md"]


@pytest.mark.parametrize("name", EVIDENCE)
def test_documents_name_existing_tests(name: str) -> None:
    named = re.findall(r"`(test_\w+?)(_\.\.\.)?`", (ROOT / name).read_text())
    assert len(named) > 5
    for test, is_shortened in named:
        assert any(found.startswith(test) if is_shortened else found == test for found in TESTS), test


def test_every_scorecard_row_has_a_status_and_passes_have_evidence() -> None:
    table = (ROOT / "docs" / "scorecard.md").read_text().partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines() if line[:1] == "|"]
    assert len(rows) > 40
    for criterion, _, status, evidence in rows[2:]:
        assert status in STATUSES, criterion
        if status.startswith("pass"):
            assert "`" in evidence or "](" in evidence or evidence == "See below", criterion


def test_icon_is_square() -> None:
    icon = ET.parse(ROOT / "icon.svg").getroot()
    assert icon.attrib["width"] == icon.attrib["height"]
    left, top, width, height = icon.attrib["viewBox"].split()
    assert (left, top, width) == ("0", "0", height)


def test_manifest_version_matches_the_locked_cdk() -> None:
    (locked,) = re.findall(r'name = "airbyte-cdk"\nversion = "(.+)"', (ROOT / "poetry.lock").read_text())
    assert yaml.safe_load(MANIFEST.read_text())["version"] == locked


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[0-9]*.yml")), ids=lambda path: path.stem
)
def test_issue_form_is_complete_and_bug_form_requires_the_doctor_table(path: Path) -> None:
    form = yaml.safe_load(path.read_text())
    assert form["name"]
    assert form["description"]
    fields = {field["id"]: field for field in form["body"] if field["type"] != "markdown"}
    assert all(field["attributes"]["label"] for field in fields.values())
    if "bug" in form["labels"]:
        assert "source-gleap doctor --config" in fields["doctor"]["attributes"]["description"]
        assert fields["doctor"]["validations"]["required"]
