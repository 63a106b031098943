"""The result of a check, in words that are fit to be made public."""

from dataclasses import dataclass
from typing import NamedTuple

SAFE, NOT_SAFE, UNKNOWN = "safe", "NOT SAFE", "unknown"
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


@dataclass(frozen=True)
class CheckResult:
    """What the project does, what that does to the data if it is not safe, and what to do unless it is safe."""

    observed: str
    consequence: str = ""
    remedy: str = ""

    @property
    def verdict(self) -> str:
        """Whether a sync emits every record, and each as Gleap holds it, where Gleap behaves as observed."""
        return NOT_SAFE if self.consequence else UNKNOWN if self.remedy else SAFE


class Line(NamedTuple):
    """A line of the report: the stream it is about, or `all`; the check; what the connector assumes; the result."""

    subject: str
    check: str
    assumption: str
    result: CheckResult


def safe(observed: str) -> CheckResult:
    return CheckResult(observed)


def not_safe(observed: str, consequence: str, remedy: str = REPORT) -> CheckResult:
    return CheckResult(observed, consequence, remedy)


def unknown(reason: str = "no records to tell by", remedy: str = WAIT_FOR_RECORDS) -> CheckResult:
    return CheckResult(reason, remedy=remedy)
