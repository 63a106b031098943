"""The report: the verdict, what to do, and a Markdown table that is aligned as plain text."""

from collections import Counter
from collections.abc import Iterator, Sequence

from source_gleap.doctor.checklist import Check
from source_gleap.doctor.result import CheckResult, Verdict, solve_first

_HEAD = ("stream", "check", "the connector assumes", "this project", "verdict")


def report(lines: Sequence[tuple[Check, CheckResult]], summary: str, show_all: bool = False) -> str:
    """The whole report.

    Args:
        lines: The checks and their results.
        summary: Versions and settings, one line.
        show_all: Whether the table has the lines without a problem as well.
    """
    problems = [(check, result) for check, result in lines if result.verdict is Verdict.NOT_SAFE]
    verdict = f"{len(problems)} problem{'s' * (len(problems) > 1)}:" if problems else "You can sync."
    advice = [f"- {check.subject}, {check.name}: {result.consequence}. {result.remedy}" for check, result in problems]
    advice += _about_unknown(lines)
    counts = Counter(result.verdict for _, result in lines)
    counted = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict)
    hint = "" if show_all else " `--all` shows all lines."
    shown = lines if show_all else problems
    parts = ["\n".join([verdict, *advice]), *([_table(shown)] if shown else []), f"{counted}.{hint}\n{summary}"]
    return "\n\n".join(parts)


def _about_unknown(lines: Sequence[tuple[Check, CheckResult]]) -> Iterator[str]:
    """For each thing to do about unknown lines, how many of which streams there are, and why."""
    unsafe = {check.subject for check, result in lines if check.name == "list" and result.verdict is Verdict.NOT_SAFE}
    groups: dict[str, list[str]] = {}
    for check, result in lines:
        if result.verdict is Verdict.UNKNOWN:
            remedy = result.remedy
            if check.subject in unsafe:
                remedy = f"its list is needed. {solve_first(check.subject)}"
            groups.setdefault(remedy, []).append(check.subject)
    for remedy, subjects in groups.items():
        number = "1 check" if len(subjects) == 1 else f"{len(subjects)} checks"
        yield f"- unknown, {number} of {', '.join(dict.fromkeys(subjects))}: {remedy}"


def _table(lines: Sequence[tuple[Check, CheckResult]]) -> str:
    cells = [_HEAD, *((check.subject, check.name, check.assumption, result.observed, result.verdict.value)
                      for check, result in lines)]  # fmt: skip
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rows = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
            for line in cells]  # fmt: skip
    return "\n".join([rows[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rows[1:]])
