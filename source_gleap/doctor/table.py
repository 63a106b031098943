"""What is printed: a Markdown table that is aligned as plain text, and then what to do."""

from collections.abc import Sequence

from source_gleap.doctor.finding import Finding, Verdict
from source_gleap.doctor.questionnaire import Question

Row = tuple[Question, Finding]

_HEAD = ("stream", "question", "the connector assumes", "this project", "verdict")


def table(rows: Sequence[Row]) -> str:
    """The findings, a line each, with a head."""
    cells = [_HEAD, *((question.stream, question.topic, question.assumed, finding.does, finding.verdict.value)
                      for question, finding in rows)]  # fmt: skip
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
             for line in cells]  # fmt: skip
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def conclusion(rows: Sequence[Row]) -> str:
    """What the findings come to; for each that is not safe, what it does to the numbers and what to do about it."""
    counts = [sum(finding.verdict is verdict for _, finding in rows) for verdict in Verdict]
    lines = [", ".join(f"{count} {verdict.value}" for count, verdict in zip(counts, Verdict, strict=True)) + "."]
    lines += [
        f"- {question.stream}, {question.topic}: {finding.effect}. {finding.remedy}"
        for question, finding in rows
        if finding.verdict is Verdict.NOT_SAFE
    ]
    return "\n".join(lines)
