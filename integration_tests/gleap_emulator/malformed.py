"""Text and numbers that break what reads them: typed by people, cut by JavaScript, stored by Gleap as they are."""

from collections.abc import Callable, Mapping
from itertools import cycle
from random import Random
from typing import Any

TEXTS = (
    "half an emoji \ud83d",
    "\ude00 the other half",
    "NUL \x00 in the middle",
    "a line\u2028separator and a paragraph\u2029separator",
    'next line \x85, bell \x07, quote " and backslash \\',
)
# What may stand in the place of an object.
INSTEAD_OF_JSON = ("skipped", "", "half of {", '{"nps": 9, "comment": "NUL \\u0000 as an escape"}', "NaN")
DATA = {
    "above 64 bits": 123456789012345678901234567890,
    "below 64 bits": -98765432109876543210,
    "key cut \ud83d": "in half",
    "nested": [{"half \ud83d": "\ud83d"}, "NUL \x00"],
}


def inject(expected_records: Mapping[str, Mapping[str, Any]], update: Callable[..., None], rng: Random) -> None:
    """Puts each malformed text and number into some records, their dates unchanged.

    Args:
        expected_records: The records of each stream, by id.
        update: Changes a record: takes its stream, its id and its fields.
        rng: Chooses the records.
    """
    for stream, texts_in in (
        ("tickets", "title"),
        ("sessions", "name"),
        ("messages", "data"),
        ("survey_responses", ""),
        ("users", "lastName"),
        ("engagements", "name"),
        ("help_center_articles", "title"),
    ):
        records = expected_records[stream]
        for text, record_id in zip(TEXTS, rng.sample(list(records), min(len(TEXTS), len(records))), strict=False):
            fields: dict[str, Any] = {"updatedAt": records[record_id]["updatedAt"]}
            if stream in ("tickets", "sessions", "survey_responses"):
                fields["customData"] = {**DATA, "text": text}
            if texts_in:
                fields[texts_in] = {"content": text} if stream in ("messages", "help_center_articles") else text
            else:
                fields["responses"] = {"nps": 0, "comment": text}
            update(stream, record_id, **fields)
    for stream, fields_of_json in (
        ("tickets", ("formData", "customData", "attributes")),
        ("sessions", ("customData", "eventData")),
        ("messages", ("data", "attachments")),
        ("surveys", ("config", "stats")),
        ("survey_responses", ("responses", "metaData")),
        ("engagements", ("config", "stats")),
        ("help_center_collections", ("title", "description")),
        ("help_center_articles", ("content", "plainContent")),
    ):
        records = expected_records[stream]
        texts = cycle(INSTEAD_OF_JSON)
        for record_id in rng.sample(list(records), min(2 * len(INSTEAD_OF_JSON), len(records))):
            instead = {name: next(texts) for name in fields_of_json}
            update(stream, record_id, updatedAt=records[record_id]["updatedAt"], **instead)
