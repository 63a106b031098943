"""What the answer to a question comes to."""

from dataclasses import dataclass
from enum import Enum

# What to do where the connector, and not its settings, has to change.
REPORT = "Do not rely on this stream, and report this table to the maintainers of the connector."


class Verdict(Enum):
    """Whether the connector emits every record, and right, where Gleap behaves so."""

    SAFE = "safe"
    NOT_SAFE = "NOT SAFE"
    NOT_SEEN = "not seen"


@dataclass(frozen=True)
class Finding:
    """How a project answers a question, in words that are fit to be made public.

    :param does: what the project does
    :param verdict: whether that is safe
    :param effect: where it is not, what that does to the numbers of whoever syncs it
    :param remedy: and what to do about it
    """

    does: str
    verdict: Verdict
    effect: str = ""
    remedy: str = ""


def safe(does: str) -> Finding:
    return Finding(does, Verdict.SAFE)


def not_safe(does: str, effect: str, remedy: str = REPORT) -> Finding:
    return Finding(does, Verdict.NOT_SAFE, effect, remedy)


def not_seen(why: str = "no rows to tell by") -> Finding:
    return Finding(why, Verdict.NOT_SEEN)
