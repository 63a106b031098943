"""The icon and the version of the manifest."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

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
