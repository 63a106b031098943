"""Text and numbers that break what reads them: typed by people, cut by JavaScript, stored by Gleap as they are."""

import re
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from integration_tests.gleap_emulator.project import Project

TEXTS = (
    "half an emoji \ud83d",
    "\ude00 the other half",
    "NUL \x00 in the middle",
    "a line\u2028separator and a paragraph\u2029separator",
    'next line \x85, bell \x07, quote " and backslash \\',
)
DATA = {
    "above 64 bits": 123456789012345678901234567890,
    "below 64 bits": -98765432109876543210,
    "key cut \ud83d": "in half",
    "nested": [{"half \ud83d": "\ud83d"}, "NUL \x00"],
}

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(value: Any) -> Any:
    """`value`, a text or a JSON document, as a good connector emits it: storable in any database, digits intact.

    Lone surrogates become U+FFFD, NUL is dropped; two surrogates that meet are one character, as in JSON.
    """
    if isinstance(value, str):
        if value.isascii():
            return value.replace("\0", "")
        joined = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return _LONE_SURROGATE.sub("\ufffd", joined).replace("\0", "")
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    return value


def inject(project: "Project", rng: Random) -> None:
    """Puts each malformed text and number into some records of `project`, their dates unchanged."""
    for stream, texts_in in (
        ("tickets", "title"),
        ("sessions", "name"),
        ("messages", "data"),
        ("survey_responses", ""),
    ):
        ids = list(project.expected_records[stream])
        for text, record_id in zip(TEXTS, rng.sample(ids, min(len(TEXTS), len(ids))), strict=False):
            fields: dict[str, Any] = {"updatedAt": project.expected_records[stream][record_id]["updatedAt"]}
            if stream != "messages":
                fields["customData"] = {**DATA, "text": text}
            if texts_in:
                fields[texts_in] = {"content": text} if texts_in == "data" else text
            else:
                fields["responses"] = {"nps": 0, "comment": text}
            project.update(stream, record_id, **fields)
