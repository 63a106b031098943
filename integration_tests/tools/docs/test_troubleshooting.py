"""The page quotes the messages that the connector shows, and explains every one: here each is brought about."""

import re
from functools import cache

import pytest

from integration_tests.support.paths import DOCS
from integration_tests.tools.docs.collect_messages import errors, warnings

PAGE = (DOCS / "gleap.md").read_text()


def quotes(section: str) -> list[str]:
    """The messages that a section explains: each item of its list begins with one or more."""
    text = " ".join(PAGE.partition(f"\n### {section}\n")[2].partition("\n### ")[0].split())
    return [quote for item in re.findall(r"- ((?:`[^`]+`(?:, )?)+):", text) for quote in re.findall(r"`([^`]+)`", item)]


def fits(quote: str, message: str) -> bool:
    return bool(re.fullmatch(".*".join(map(re.escape, quote.split("…"))), message, re.DOTALL))


@cache
def shown(section: str) -> dict[str, str]:
    return dict(errors() if section == "Errors" else warnings())


@pytest.mark.parametrize("section", ["Errors", "Lines in the log"])
def test_every_quoted_message_is_shown(section: str) -> None:
    found = quotes(section)
    assert len(found) > 5
    assert [quote for quote in found if not any(fits(quote, message) for message in shown(section).values())] == []


@pytest.mark.parametrize("section", ["Errors", "Lines in the log"])
def test_every_shown_message_is_explained_once(section: str) -> None:
    explained = {
        cause: [quote for quote in quotes(section) if fits(quote, message)] for cause, message in shown(section).items()
    }
    assert {cause: found for cause, found in explained.items() if len(found) != 1} == {}
