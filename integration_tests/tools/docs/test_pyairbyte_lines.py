"""The documents' lines for PyAirbyte name an unusable field, and show the key neither in print nor in a file."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from integration_tests.support.paths import DOCS
from integration_tests.support.pyairbyte import pyairbyte_environment

pytestmark = pytest.mark.slow

ROOT = DOCS.parent
SECRET = "a-key-that-nobody-may-see"
LINES = {
    f"{path.name} {number}": lines
    for path in sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
    for number, lines in enumerate(re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL), 1)
    if "set_config" in lines
}
CONFIGS = {
    "project_id": {"api_key": SECRET, "start_date": "2025-01-01T00:00:00Z"},
    "api_key": {
        "api_key": f"{SECRET} {SECRET}",
        "project_id": "65f0aa11bb22cc33dd44ee01",
        "start_date": "2025-01-01T00:00:00Z",
    },
}


def test_documents_have_lines_for_pyairbyte() -> None:
    assert [name.partition(" ")[0] for name in LINES] == ["deploy.md", "gleap.md"]


@pytest.mark.parametrize("field", CONFIGS)
@pytest.mark.parametrize("name", LINES)
def test_lines_name_the_field_and_keep_the_key_secret(tmp_path: Path, name: str, field: str) -> None:
    lines, replaced = re.subn(r"set_config\(\s*\{.*?\}", f"set_config({CONFIGS[field]}", LINES[name], flags=re.DOTALL)
    assert replaced == 1
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    (tmp_path / "tmp").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", lines],
        cwd=tmp_path,
        env=os.environ | pyairbyte_environment(tmp_path) | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    written = [file.read_text(errors="replace") for file in tmp_path.rglob("*") if file.is_file()]
    assert done.returncode == 1
    assert f"'{field}'" in done.stderr
    assert [text for text in (done.stdout, done.stderr, *written) if SECRET in text] == []
