"""The report: the verdict, what to do, and a Markdown table that is aligned as plain text."""

from collections import Counter
from collections.abc import Sequence

from source_gleap.doctor.checklist import Check
from source_gleap.doctor.result import CheckResult, Verdict

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
    if count := sum(result.is_unanswered for _, result in lines):
        advice.append(f"{count} of {len(lines)} checks got no response. Run the doctor again later.")
    counts = Counter(result.verdict for _, result in lines)
    counted = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict)
    hint = "" if show_all else " `--all` shows all lines."
    shown = lines if show_all else problems
    parts = ["\n".join([verdict, *advice]), *([_table(shown)] if shown else []), f"{counted}.{hint}\n{summary}"]
    return "\n\n".join(parts)


def _table(lines: Sequence[tuple[Check, CheckResult]]) -> str:
    cells = [_HEAD, *((check.subject, check.name, check.assumption, result.observed, result.verdict.value)
                      for check, result in lines)]  # fmt: skip
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rows = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
            for line in cells]  # fmt: skip
    return "\n".join([rows[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rows[1:]])
