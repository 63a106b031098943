"""The result of a check, in words that are fit to be made public."""

from dataclasses import dataclass
from enum import Enum

# What to do where the connector has to change, and not its settings.
REPORT = "Do not rely on this stream, and report this table to the maintainers of the connector."


class Verdict(Enum):
    """Whether a sync emits every record, and each as Gleap holds it, where Gleap behaves as observed."""

    SAFE = "safe"
    NOT_SAFE = "NOT SAFE"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CheckResult:
    """What the project does, and where that is not safe what it does to the data and what the reader can do."""

    observed: str
    verdict: Verdict
    consequence: str = ""
    remedy: str = ""
    is_unanswered: bool = False  # unknown because a request failed


def safe(observed: str) -> CheckResult:
    return CheckResult(observed, Verdict.SAFE)


def not_safe(observed: str, consequence: str, remedy: str = REPORT) -> CheckResult:
    return CheckResult(observed, Verdict.NOT_SAFE, consequence, remedy)


def unknown(reason: str = "no rows to tell by", is_unanswered: bool = False) -> CheckResult:
    return CheckResult(reason, Verdict.UNKNOWN, is_unanswered=is_unanswered)
