"""The icon, the version of the manifest, and what git ignores."""

import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from source_gleap.manifest import MANIFEST

ROOT = Path(__file__).parents[2]


def test_the_icon_is_square() -> None:
    icon = ET.parse(ROOT / "icon.svg").getroot()
    assert icon.attrib["width"] == icon.attrib["height"]
    left, top, width, height = icon.attrib["viewBox"].split()
    assert (left, top, width) == ("0", "0", height)


def test_the_manifest_is_of_the_cdk_that_is_locked() -> None:
    (locked,) = re.findall(r'name = "airbyte-cdk"\nversion = "(.+)"', (ROOT / "poetry.lock").read_text())
    assert yaml.safe_load(MANIFEST.read_text())["version"] == locked


def test_git_ignores_every_file_that_the_documents_tell_to_create(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [path.read_text() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))]
    blocks = [block for page in pages for block in re.findall(r"```bash\n(.*?)```", page, re.DOTALL)]
    pattern = r"(?:>|-o|--config|--config-file|--state) (?!/dev/)([\w./-]+)|([\w-]+\.duckdb)"
    created = {name for block in blocks for names in re.findall(pattern, block) for name in names if name}
    assert created >= {"secrets/config.json", "secrets/messages.jsonl", "secrets/state.json", "gleap.duckdb"}
    created |= {"messages.jsonl", "state.json", "gleap-demo.duckdb.wal"}

    shutil.copy(ROOT / ".gitignore", tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    ignored = subprocess.run([*git, "check-ignore", *created], capture_output=True, text=True, check=True).stdout
    assert set(ignored.split()) == created
