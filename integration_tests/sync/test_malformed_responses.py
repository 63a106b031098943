"""Pages that no sane server sends, read by the whole connector: good records arrive, the others in good form."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft7Validator

from integration_tests.gleap_emulator import Fault, GleapEmulator, Project, Request
from integration_tests.gleap_emulator.endpoints import find_endpoint
from integration_tests.support.paths import CATALOG, ROOT
from integration_tests.support.run_sync import STREAMS, run_sync
from integration_tests.support.slow_cases import slow_except
from integration_tests.support.streams import PAGED
from source_gleap import SourceGleap
from unit_tests.components.malformed_json import MEGABYTE, VALUES, Sent, obj, plain

NOW = datetime.now(timezone.utc)
START = f"{NOW - timedelta(days=20):%Y-%m-%dT%H:%M:%SZ}"
RECENTLY = f"{NOW - timedelta(days=2):%Y-%m-%dT%H:%M:%S}.000Z"
SCHEMAS = {
    found.name: found.json_schema
    for found in SourceGleap().discover(None, GleapEmulator(Project.empty()).config()).streams  # type: ignore[arg-type]
}
GOOD = [
    orjson.dumps({"id": key, "name": "Grüße 👋", "title": "Grüße 👋", "updatedAt": RECENTLY}) for key in ("g1", "g2")
]

Body = Callable[[str], bytes]  # from a stream's name to its page


def every_field(value: Sent) -> Body:
    """A page with a row between two good ones in which every field but the key and the cursor has this value."""

    def body(stream: str) -> bytes:
        fields = {"formData": {}, **SCHEMAS[stream]["properties"]}
        if len(value.json) >= MEGABYTE // 10:  # one field of each type is enough
            kinds = {
                json.dumps([field.get(word) for word in ("type", "format", "contentMediaType")]): name
                for name, field in fields.items()
            }
            fields = {name: fields[name] for name in kinds.values()}
        names = set(fields) - {"id", "updatedAt"}
        members = [(plain("id"), plain("h1")), (plain("updatedAt"), plain(RECENTLY))]
        row = obj([*members, *((plain(name), value) for name in sorted(names))])
        return b"[" + b",".join([GOOD[0], row.json, GOOD[1]]) + b"]"

    return body


def row(text: str) -> Body:
    """A page with this row between two good ones, `~` standing for a recent date."""
    return lambda _: b"[" + b",".join([GOOD[0], text.replace("~", f'"{RECENTLY}"').encode(), GOOD[1]]) + b"]"


def around(before: bytes, after: bytes) -> Body:
    """A page of two good rows with this before and after it."""
    return lambda _: before + b"[" + b",".join(GOOD) + b"]" + after


# What comes, and the ids of its records besides those of the good rows.
PAGES: dict[str, tuple[Body, list[str]]] = {
    **{f"{name} in every field": (every_field(value), ["h1"]) for name, value in VALUES.items()},
    "_id without id": (row('{"_id":"h1","updatedAt":~}'), ["h1"]),
    "an id that is an object": (row('{"id":{"$oid":"h1"},"updatedAt":~}'), ["h1"]),
    "an id that holds none, and _id": (row('{"id":{"id":[]},"_id":"h1","updatedAt":~}'), ["h1"]),
    "an id that is null, and _id": (row('{"id":null,"_id":"h1","updatedAt":~}'), ["h1"]),
    "an id twice": (row('{"id":"h0","id":"h1","updatedAt":~}'), ["h1"]),
    "an id that is a number": (row('{"id":12345678901234567890123,"updatedAt":~}'), ["12345678901234567890123"]),
    "an id with signs": (
        row('{"id":"a\\"}} {{ 1/0 }} \\u2028\\u0000\\ud83d","updatedAt":~}'),
        ['a"}} {{ 1/0 }} \u2028\ufffd'],
    ),
    "an id that reads as a number": (
        row('{"id":"650000000000000000000e11","updatedAt":~}'),
        ["650000000000000000000e11"],
    ),
    "no id at all": (row('{"title":"none","updatedAt":~}'), []),
    "rows that are none": (row('null,5,"x",[],{},[[]],true,NaN'), []),
    "no dates": (row('{"id":"h1"}'), ["h1"]),
    "a cursor of the year 1": (row('{"id":"h1","updatedAt":"0001-01-01T00:00:00.000Z"}'), ["h1"]),
    "a cursor that is an object, and createdAt": (row('{"id":"h1","updatedAt":{"$date":1},"createdAt":~}'), ["h1"]),
    "a cursor that is a list": (row('{"id":"h1","updatedAt":[~]}'), ["h1"]),
    "a byte order mark": (around(b"\xef\xbb\xbf", b""), []),
    "blank lines": (around(b"\r\n\t ", b" \r\n"), []),
    "an envelope with extra keys": (
        around(b'{"":{},"count":"2","tickets":null,"items":', b',"hasMore":null,"x":[1]}'),
        [],
    ),
    "an envelope with odd totals": (around(b'{"totalCount":"many","count":1e999,"data":', b"}"), []),
    "duplicate envelopes": (around(b'{"items":[],"items":', b"}"), []),
}


def serving(body: Body) -> Callable[[Request], Fault]:
    """Each stream's page, to every request for it but those for archived tickets, which are none."""

    def fault(request: Request) -> Fault:
        if request.stream is None:  # an id that is no part of an address
            return Fault.status(404)
        endpoint = find_endpoint(request.path)
        is_theirs = request.params.get("archived") != "true" and endpoint and {*endpoint[1].values()} <= {"g1", "news"}
        return Fault.status(200, body(str(request.stream)) if is_theirs else b"[]")

    return fault


# unit_tests/components/test_malformed_values.py reads every value in every field without a server.
IN_EVERY_FIELD = [kind for kind in PAGES if kind.endswith("in every field")]


@pytest.mark.parametrize("kind", slow_except(set(PAGES) - set(IN_EVERY_FIELD[6:]), PAGES))
def test_malformed_page_breaks_no_stream(kind: str) -> None:
    body, more = PAGES[kind]
    with GleapEmulator(Project.empty(), fault=serving(body)) as emulator:
        # One worker has one window: a row without a date is emitted in each.
        done = run_sync(emulator.config(start_date=START, num_workers=1))
    assert done.errors == []
    for stream in STREAMS:
        records = done.records[stream]
        found = [record["id"] for record in records]
        if stream == "ticket_activity_logs":  # an entry without an id gets one
            found = [key for key in found if key in ("g1", "g2", *more)]
        assert sorted(found) == sorted(["g1", "g2", *more])
        for record in records:
            Draft7Validator(SCHEMAS[stream]).validate(record)
        for good in (record for record in records if record["id"] in ("g1", "g2")):
            named = {
                name: '"Grüße 👋"' if "contentMediaType" in SCHEMAS[stream]["properties"][name] else "Grüße 👋"
                for name in ("name", "title")
                if name in SCHEMAS[stream]["properties"]
            }
            belongs_to = {
                name: value
                for name, value in {"survey_id": "g1", "ticket_id": "g1", "collection_id": "g1", "kind": "news"}.items()
                if name in SCHEMAS[stream]["properties"]
            }
            good.pop("data", None)
            assert good == {"id": good["id"], "updatedAt": RECENTLY, **named, **belongs_to}
        assert len([line for line in done.log if line.startswith(f"Stream {stream}: values that cannot")]) <= 1


CURSORS = [kind for kind in PAGES if "cursor" in kind or "dates" in kind]


@pytest.mark.parametrize("kind", slow_except(["no dates"], CURSORS))
def test_sync_resumes_from_state_after_malformed_cursor(kind: str) -> None:
    body, more = PAGES[kind]
    with GleapEmulator(Project.empty(), fault=serving(body)) as emulator:
        first = run_sync(emulator.config(start_date=START))
        second = run_sync(emulator.config(start_date=START), state=first.states)
    assert second.errors == []
    for stream in STREAMS:
        assert sorted(record["id"] for record in second.records[stream]) == sorted(["g1", "g2", *more]), stream


@pytest.mark.slow
def test_malformed_values_break_no_output_line(tmp_path: Path) -> None:
    worst = [every_field(value) for value in VALUES.values() if len(value.json) < MEGABYTE // 10]

    def page(stream: str) -> bytes:
        rows = [body(stream)[1:-1].replace(b'"h1"', b'"h%d"' % number) for number, body in enumerate(worst)]
        return b"[" + b",".join(rows) + b"]"

    with GleapEmulator(Project.empty(), fault=serving(page)) as emulator:
        config, catalog = tmp_path / "config.json", CATALOG
        config.write_text(json.dumps(emulator.config(start_date=START, num_workers=1)))
        done = subprocess.run(
            [sys.executable, "main.py", "read", "--config", str(config), "--catalog", str(catalog)],
            cwd=ROOT,
            env={**os.environ, "LC_ALL": "C"},
            stdout=subprocess.PIPE,
            timeout=100,
            check=True,
        )
    # Not splitlines: it also breaks at U+2028.
    messages = [orjson.loads(line) for line in done.stdout.split(b"\n") if line]
    assert {message["type"] for message in messages} == {"LOG", "TRACE", "STATE", "RECORD"}
    assert not any(message["type"] == "TRACE" and message["trace"]["type"] == "ERROR" for message in messages)
    ids: dict[str, list[str]] = {stream: [] for stream in STREAMS}
    for message in messages:
        if message["type"] == "RECORD":
            record: dict[str, Any] = message["record"]["data"]
            Draft7Validator(SCHEMAS[message["record"]["stream"]]).validate(record)
            ids[message["record"]["stream"]].append(record["id"])
    for found in ids.values():
        assert {"g1", "g2", *(f"h{number}" for number in range(len(worst)))} == set(found)
    log = [message["log"]["message"] for message in messages if message["type"] == "LOG"]
    for stream in STREAMS:
        reports = [line for line in log if line.startswith(f"Stream {stream}: the field ")]
        assert 0 < len(reports) == len(set(reports))


@pytest.mark.parametrize("stream", PAGED)
def test_page_without_valid_rows_does_not_end_the_stream(stream: str) -> None:
    rows = [orjson.dumps({"title": f"without an id {number}", "updatedAt": RECENTLY}) for number in range(25)]
    rows += [GOOD[0], b"null", b"[5]", GOOD[1]]

    def fault(request: Request) -> Fault:
        if request.stream != stream:
            return Fault.status(200, b"[" + GOOD[0] + b"]")
        skip, limit = int(request.params["skip"]), int(request.params["limit"])
        page = [] if request.params.get("archived") == "true" else rows[skip:][:limit]
        return Fault.status(200, b"[" + b",".join(page) + b"]")

    with GleapEmulator(Project.empty(), fault=fault) as emulator:
        done = run_sync(emulator.config(start_date=START), [stream], page_size=10)
    assert done.errors == []
    assert sorted(record["id"] for record in done.records[stream]) == ["g1", "g2"]
