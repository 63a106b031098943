"""The result of a check, in words that are fit to be made public."""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

# What to do where the connector has to change, and not its settings.
REPORT = "Do not rely on this stream, and report this table to the maintainers of the connector."
# What to do where the verdict is unknown.
WAIT_FOR_RECORDS = (
    "this project does not show it, mostly because it has too few records. That stops no sync. Run the doctor again "
    "when there are more."
)
TRY_AGAIN = "Gleap did not respond. Run the doctor again later."


def solve_first(stream: str) -> str:
    """What to do about a line that depends on the list of a stream, which is not safe."""
    return f"Solve the problem `{stream}, list` first, then run the doctor again."


class Verdict(Enum):
    """Whether a sync emits every record, and each as Gleap holds it, where Gleap behaves as observed."""

    SAFE = "safe"
    NOT_SAFE = "NOT SAFE"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CheckResult:
    """What the project does, what that does to the data if it is not safe, and what to do unless it is safe."""

    observed: str
    verdict: Verdict
    consequence: str = ""
    remedy: str = ""


class Line(NamedTuple):
    """A line of the report: the stream it is about, or `all`; the check; what the connector assumes; the result."""

    subject: str
    check: str
    assumption: str
    result: CheckResult


def safe(observed: str) -> CheckResult:
    return CheckResult(observed, Verdict.SAFE)


def not_safe(observed: str, consequence: str, remedy: str = REPORT) -> CheckResult:
    return CheckResult(observed, Verdict.NOT_SAFE, consequence, remedy)


def unknown(reason: str = "no records to tell by", remedy: str = WAIT_FOR_RECORDS) -> CheckResult:
    return CheckResult(reason, Verdict.UNKNOWN, remedy=remedy)
