"""The report: the verdict, what to do, and a Markdown table that is aligned as plain text."""

from collections import Counter
from collections.abc import Iterator, Sequence

from source_gleap.doctor.result import NOT_SAFE, SAFE, UNKNOWN, Line, solve_first

_HEAD = ("stream", "check", "the connector assumes", "this project", "verdict")


def report(lines: Sequence[Line], summary: str, show_all: bool = False) -> str:
    """The whole report. `summary` is its last line; with `show_all` the table has the lines without a problem, too."""
    problems = [line for line in lines if line.result.verdict == NOT_SAFE]
    verdict = f"{len(problems)} problem{'s' * (len(problems) > 1)}:" if problems else "You can sync."
    advice = [f"- {subject}, {check}: {result.consequence}. {result.remedy}" for subject, check, _, result in problems]
    advice += _about_unknown(lines)
    counts = Counter(line.result.verdict for line in lines)
    counted = ", ".join(f"{counts[each]} {each}" for each in (SAFE, NOT_SAFE, UNKNOWN))
    hint = "" if show_all else " `--all` shows all lines."
    shown = lines if show_all else problems
    parts = ["\n".join([verdict, *advice]), *([_table(shown)] if shown else []), f"{counted}.{hint}\n{summary}"]
    return "\n\n".join(parts)


def _about_unknown(lines: Sequence[Line]) -> Iterator[str]:
    """For each thing to do about unknown lines, how many of which streams there are, and why."""
    unsafe = {line.subject for line in lines if line.check == "list" and line.result.verdict == NOT_SAFE}
    groups: dict[str, list[str]] = {}
    for subject, _, _, result in lines:
        if result.verdict == UNKNOWN:
            remedy = f"its list is needed. {solve_first(subject)}" if subject in unsafe else result.remedy
            groups.setdefault(remedy, []).append(subject)
    for remedy, subjects in groups.items():
        number = f"{len(subjects)} check{'s' * (len(subjects) > 1)}"
        yield f"- unknown, {number} of {', '.join(dict.fromkeys(subjects))}: {remedy}"


def _table(lines: Sequence[Line]) -> str:
    cells = [_HEAD, *((*line[:3], line.result.observed, line.result.verdict) for line in lines)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rows = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
            for line in cells]  # fmt: skip
    return "\n".join([rows[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rows[1:]])
