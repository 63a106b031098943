"""The shape of answers and rows (API.md 3.5, 3.6, 4).

Of names, only those appear that the connector's schemas declare: any other may be a customer's.
"""

import re
from collections.abc import Sequence

from source_gleap.components.extraction import Row
from source_gleap.components.normalization import field_converters
from source_gleap.doctor.answer import date_of, id_of
from source_gleap.doctor.client import NoAnswerError
from source_gleap.doctor.finding import REPORT, Finding, not_safe, not_seen, safe
from source_gleap.doctor.samples import Samples

_WITH_MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def listed(samples: Samples, stream: str) -> Finding:
    """Whether the connector's request brings a list, and in which envelope."""
    try:
        page = samples.first_page(stream)
    except NoAnswerError as error:
        if not error.lasts:
            raise
        advice = samples.connector.refusal(stream, error.status) or REPORT
        return not_safe(f"refused: {error.cause}", "every sync of this stream fails, and brings no record", advice)
    form = f"under `{page.envelope}`" if page.envelope else "a bare array"
    if page.items:
        return safe(form)
    if samples.connector.is_paged(stream) and stream != "messages":
        others = samples.without_parameters(stream)
        if any(row.get("archived") is not True for row in others.rows):
            # As where a parameter is taken for the name of a field: such a filter finds nothing.
            return not_safe("empty for the connector's parameters, though there are rows", "the stream stays empty")
    return not_seen(f"{form}, empty")


def ids(samples: Samples, stream: str) -> Finding:
    items = samples.first_page(stream).items
    if not items:
        return not_seen()
    without = sum(id_of(item) is None for item in items)
    if without:
        return not_safe(f"neither in {without} of {len(items)} rows", "rows without an id are left out")
    has_id = all(isinstance(item.get("id"), str) for item in items)
    has_both = all("_id" in item for item in items)
    return safe("both" if has_id and has_both else "`id` always, `_id` not" if has_id else "one of them")


def change_dates(samples: Samples, stream: str) -> Finding:
    """Whether `updatedAt` is there, and finer than a second: windows are a millisecond apart."""
    rows = samples.first_page(stream).rows
    if not rows:
        return not_seen()
    sent = [row["updatedAt"] for row in rows if row.get("updatedAt") is not None]
    texts = [value for value in sent if isinstance(value, str)]
    if any(date_of({"updatedAt": value}) is None for value in sent):
        return not_safe("something else than a date", "rows with it may be missing from incremental syncs")
    missing = [row for row in rows if row.get("updatedAt") is None]
    if missing:
        return _without_date(samples, stream, missing)
    if texts and not any("." in text or "," in text for text in texts):
        if samples.is_windowed(stream):
            return not_safe("without milliseconds", "rows changed in the second in which a window ends may be missing")
        return safe("always, without milliseconds")
    is_usual = len(texts) == len(sent) and all(map(_WITH_MILLISECONDS.fullmatch, texts))
    return safe("always, with milliseconds and `Z`" if is_usual else "always, in another form, which is understood")


def _without_date(samples: Samples, stream: str, missing: Sequence[Row]) -> Finding:
    """Rows without `updatedAt` are found if Gleap filters by a date that it does not show."""
    count, names = f"missing in {len(missing)} rows", samples.connector.cursor_fields(stream)
    if samples.is_windowed(stream):
        found = samples.changed_ever(stream)
        if not {id_of(row) for row in missing} & set(found.ids):
            return not_safe(f"{count}, which do not come for any date", "these rows are missing")
    stand_in = next((name for name in names if all(date_of(row, name) for row in missing)), None)
    return safe(f"{count}; " + (f"`{stand_in}` stands in" if stand_in else "those are read in every sync"))


def types(samples: Samples, stream: str) -> Finding:
    """Whether the declared fields can be read as their declared types; how many are there, and how many others."""
    rows = samples.first_page(stream).rows
    if not rows:
        return not_seen()
    unreadable, seen, sources = set(), 0, {"_id"}
    for name, source, others, exact_type, convert in field_converters(samples.connector.schema(stream)):
        sources |= {source, *others}
        values = [row[key] for row in rows for key in (source, *others) if row.get(key) is not None]
        seen += bool(values)
        values = [value for value in values if type(value) is not exact_type and value not in ({}, [], "")]
        unreadable |= {f"`{name}` (a {type(value).__name__})" for value in values if convert(value) is None}
    if unreadable:
        return not_safe(f"not {', '.join(sorted(unreadable))}", "these fields are null where they cannot be read")
    undeclared = len({key for row in rows for key in row} - sources)
    declared = len(samples.connector.schema(stream)["properties"])
    return safe(f"all can be read: {seen} of {declared} declared fields seen, {undeclared} others")


def references(samples: Samples, stream: str) -> Finding:
    """Which references come as the record itself; its id is taken."""
    rows = samples.first_page(stream).rows
    populated: set[str] = set()
    bare: set[str] = set()
    for name in reference_fields(samples, stream):
        for value in (row[name] for row in rows if row.get(name)):
            for item in value if isinstance(value, list) else [value]:
                (populated if isinstance(item, dict) else bare).add(name)
    if not populated and not bare:
        return not_seen()
    records, ids_only = (", ".join(f"`{name}`" for name in sorted(names)) for names in (populated, bare - populated))
    return safe("; ".join(filter(None, [records and f"records: {records}", ids_only and f"ids: {ids_only}"])))


def reference_fields(samples: Samples, stream: str) -> list[str]:
    """The declared fields that hold ids of other records; `survey_id` is not Gleap's but the connector's."""
    fields = samples.connector.schema(stream)["properties"].items()
    return [name for name, declared in fields if "x-references" in declared and name != "survey_id"]


def answers(samples: Samples, stream: str) -> Finding:
    """Where the answers to a survey's questions are (API.md 3.6)."""
    rows = samples.first_page(stream).rows
    if not rows:
        return not_seen()
    found = next((name for name in ("responses", "formData") if any(row.get(name) for row in rows)), None)
    if not found:
        return not_safe("under neither", "`responses` is null in every record")
    return safe(f"under `{found}`")
