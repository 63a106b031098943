"""The shape of responses and rows (docs/API.md 3.5, 3.6, 4). No undeclared name is printed."""

from collections.abc import Iterable

from source_gleap.components.extraction import Row, id_of
from source_gleap.components.normalization import field_converters, to_utc
from source_gleap.components.window_pages import EARLIEST, LATEST
from source_gleap.doctor.result import REPORT, CheckResult, not_safe, safe, unknown
from source_gleap.doctor.sampler import Sampler

_TYPES = {dict: "JSON object", list: "list", str: "text", bool: "boolean", int: "number", float: "number"}


def listed(stream: Sampler) -> CheckResult:
    """Whether the connector's request brings a list, and in which envelope."""
    page = stream.first_page
    envelope = f"yes, under the name `{page.envelope}`" if page.envelope else "yes"
    if stream.refusal:
        cause, form = stream.refusal.cause, stream.form
        if stream.name == "tickets" and not form.flags:
            return not_safe(f"refused if it asks for archived tickets ({cause})", "archived tickets may be missing")
        order = "" if form.sort else " without `sort`"
        envelope += f"; {cause} at first, read in pages of at most {form.limit} rows{order}"
    if page.items:
        return safe(envelope)
    # A parameter may be taken for the name of a field: such a filter finds nothing.
    others, remedy = list[Row](), REPORT
    if stream.name != "messages":
        others = stream.probe().rows if stream.page_size else []
    elif not stream.parent:
        others = stream.probe(path="/messages", ticket=stream.streams["tickets"].known_ids[0]).rows
        remedy = "Set 'How messages are read' (messages_mode) to 'ticket'."
    if any(row.get("archived") is not True for row in others):
        return not_safe("empty as a sync asks for it, though there are records", "the stream stays empty", remedy)
    return unknown(f"{envelope}, but empty")


def ids(stream: Sampler) -> CheckResult:
    found = stream.first_page.ids
    if without := found.count(None):
        return not_safe(f"missing in {without} of {len(found)} records", "records without an id are left out")
    return safe("yes")


def change_dates(stream: Sampler) -> CheckResult:
    """Whether `updatedAt` is there, and finer than a second: windows are a millisecond apart."""
    rows = stream.first_page.rows
    sent = [row["updatedAt"] for row in rows if row.get("updatedAt") is not None]
    if not all(to_utc(value) for value in sent):
        return not_safe("not a date", "records with it may be missing from incremental syncs")
    if missing := [row for row in rows if row.get("updatedAt") is None]:
        count = f"missing in {len(missing)} records"
        # Gleap may filter by a date that it does not show.
        dated = set(stream.page(low=EARLIEST, high=LATEST).ids) if stream.is_windowed else set()
        if dated and dated.isdisjoint(map(id_of, missing)):
            return not_safe(f"{count}, which do not come for any date", "these records are missing")
        fallback = next((name for name in stream.cursor_fields if all(to_utc(row.get(name)) for row in missing)), None)
        return safe(f"{count}; " + (f"`{fallback}` replaces it" if fallback else "those are read in every sync"))
    if stream.is_windowed and all(isinstance(value, str) and not {".", ","} & set(value) for value in sent):
        return not_safe("without milliseconds", "records may be missing that changed in the same second as others")
    return safe("yes")


def types(stream: Sampler) -> CheckResult:
    """Whether the declared fields can be read as their declared types; which come as records instead of ids."""
    rows = stream.first_page.rows
    unreadable, seen, known = set[str](), 0, {"_id"}
    for name, source, others, exact_type, convert in field_converters({"properties": stream.fields}):
        known |= {source, *others}
        values = [row[key] for row in rows for key in (source, *others) if row.get(key) is not None]
        seen += bool(values)
        values = [value for value in values if type(value) is not exact_type and value not in ({}, [], "")]
        unreadable |= {f"`{name}` (a {_TYPES[type(value)]})" for value in values if convert(value) is None}
    if unreadable:
        return not_safe(f"not {', '.join(sorted(unreadable))}", "these fields are null where they cannot be read")
    others_count = len({key for row in rows for key in row} - known)
    return safe(f"yes: {seen} of {len(stream.fields)} known fields seen, others left out: {others_count}")


def keys(stream: Sampler) -> CheckResult:
    """Which declared fields come where Gleap publishes no schema of the rows."""
    rows = stream.first_page.rows
    sources = {name: field.get("x-sources", [name]) for name, field in stream.fields.items()}
    for name, alternatives in sources.items():
        if len(alternatives) > 1 and not any(row.get(key) for row in rows for key in alternatives):
            return not_safe(f"none of {name_all(alternatives)}", f"`{name}` is null in every record")
    found = {key for row in rows for key in row}
    named = found & {"id", "_id"}.union(*sources.values())
    return safe(f"{name_all(named)} and {len(found - named)} others")


def name_all(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
