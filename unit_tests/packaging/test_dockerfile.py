"""What the Dockerfile has in common with other files, and what it must not do. The image itself is tested elsewhere."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
INSTRUCTIONS = [line.split(maxsplit=1) for line in re.sub(r"\\\n", "", DOCKERFILE).splitlines() if line[:1].isupper()]


def stages() -> list[list[tuple[str, str]]]:
    """The instructions and their arguments, of what comes before the first FROM and then of each stage."""
    found: list[list[tuple[str, str]]] = [[]]
    for instruction, arguments in INSTRUCTIONS:
        if instruction == "FROM":
            found.append([])
        found[-1].append((instruction, arguments))
    return found


def test_both_stages_use_the_base_image_of_the_metadata() -> None:
    metadata = yaml.safe_load((ROOT / "metadata.yaml").read_text())
    before, builder, final = stages()
    assert before == [("ARG", f"BASE_IMAGE={metadata['data']['connectorBuildOptions']['baseImage']}")]
    assert builder[0] == ("FROM", "${BASE_IMAGE} AS builder")
    assert final[0] == ("FROM", "${BASE_IMAGE}")


def test_final_stage_only_copies_one_folder_of_the_builder() -> None:
    final = stages()[2]
    assert [arguments for instruction, arguments in final if instruction in ("RUN", "ADD")] == []
    assert [arguments for instruction, arguments in final if instruction == "COPY"] == [
        "--from=builder /opt/source-gleap /opt/source-gleap"
    ]


def test_only_the_builder_uses_a_package_index() -> None:
    before, builder, final = stages()
    assert "PIP_INDEX_URL" in str(builder)
    assert "PIP_" not in str(before) + str(final)


def test_builder_installs_only_locked_packages() -> None:
    installs = [line for line in str(stages()[1]).split("&&") if " install " in line and "/opt/source-gleap" in line]
    assert "poetry export -q --only main" in str(stages()[1])
    assert len(installs) == 2
    assert all("--no-deps" in line for line in installs)
    assert "--require-hashes" in installs[0]
    assert "--no-index" in installs[1]


def test_poetry_version_matches_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for name in ("POETRY_VERSION", "POETRY_EXPORT_VERSION"):
        (default,) = re.findall(rf"\b{name}=([\d.]+)", DOCKERFILE)
        assert re.findall(rf"^{name} := (.+)$", makefile, re.MULTILINE) == [default]


def test_build_context_contains_only_the_package_and_its_build_files() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    allowed = [line[1:] for line in lines if line.startswith("!")]
    assert lines == ["*", *(f"!{name}" for name in allowed), "**/__pycache__"]
    assert set(allowed) == {"pyproject.toml", "poetry.lock", "README.md", "LICENSE", "source_gleap"}
