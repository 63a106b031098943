"""A new simple stream takes the manifest, the emulator's record and route, and `make docs`, as CONTRIBUTING says."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from integration_tests.support.paths import ROOT

STREAM = """\
    widgets:
      $ref: "#/definitions/full_list_stream"
      name: widgets
      $parameters: {name: widgets}
      description: >-
        Widgets. Always read whole.
        https://docs.gleap.io/documentation/server/api-overview
      schema_loader: {type: InlineSchemaLoader, schema: {$ref: "#/schemas/widgets"}}
      retriever:
        $ref: "#/definitions/full_list_stream/retriever"
        requester:
          $ref: "#/definitions/full_list_requester"
          url: "{{ config['api_url'] }}/widgets"

    survey_responses:
"""
SCHEMA = """\
schemas:
  widgets:
    $schema: http://json-schema.org/draft-07/schema#
    type: object
    additionalProperties: true
    properties:
      id: {$ref: "#/definitions/types/text", description: "Id of the widget."}
      name: {$ref: "#/definitions/types/text", description: "Name."}
      createdAt: {$ref: "#/definitions/types/datetime", description: "When the widget was created."}
      updatedAt: {$ref: "#/definitions/types/datetime", description: "When the widget was last changed; the cursor."}
"""
RECORD = """\
    def widget(self, created: int, updated: int) -> Record:
        return {"id": self.new_id(), "name": "Widget", "createdAt": iso(created), "updatedAt": iso(updated)}

    def team(self"""
CHANGES = {
    "source_gleap/manifest.yaml": {
        '  - $ref: "#/definitions/streams/teams"\n': '  - $ref: "#/definitions/streams/teams"\n'
        '  - $ref: "#/definitions/streams/widgets"\n',
        "    survey_responses:\n      $ref": STREAM + "      $ref",
        "schemas:\n": SCHEMA,
    },
    "integration_tests/gleap_emulator/record_factory.py": {"    def team(self": RECORD},
    "integration_tests/gleap_emulator/endpoints.py": {
        '    Endpoint("/teams", "teams"),\n': '    Endpoint("/teams", "teams"),\n    Endpoint("/widgets", "widgets"),\n'
    },
}
SUITES = [
    "unit_tests/test_manifest.py",
    "unit_tests/test_catalog.py",
    "integration_tests/sync/test_streams.py",
    "integration_tests/sync/test_cut_off_lists.py",
    "integration_tests/tools/docs/test_docs_current.py",
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository with a stream more."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    for name, replacements in CHANGES.items():
        text = (tmp_path / name).read_text()
        for old, new in replacements.items():
            assert text.count(old) == 1, (name, old)
            text = text.replace(old, new)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.slow
def test_new_stream_takes_the_manifest_the_emulator_and_make_docs(copy: Path) -> None:
    subprocess.run([sys.executable, "-m", "integration_tests.tools.docs"], cwd=copy, check=True)
    for name in ("docs/gleap.md", "docs/entities.svg", "integration_tests/configured_catalog.json", "metadata.yaml"):
        assert "widgets" in (copy / name).read_text(), name
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-vv", "-p", "no:cacheprovider", *SUITES],
        cwd=copy,
        check=False,
        capture_output=True,
        text=True,
    )
    assert tests.returncode == 0, tests.stdout[-3000:]
    assert "widgets] PASSED" in tests.stdout
