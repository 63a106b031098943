"""Every message that the connector shows to a user, brought about by what causes it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import requests
import urllib3
from airbyte_cdk.models import (
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    StreamDescriptor,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.fake_sleep import fake_clock, fake_sleep
from integration_tests.support.run_sync import run_sync
from source_gleap import SourceGleap
from source_gleap.components.backoff import distrusted_certificate
from source_gleap.state_validation import validate_state

# What Gleap, or what stands in its place, does to every request for a stream.
FAULTS = {
    "the key is refused": ("teams", Fault.status(401)),
    "access is refused": ("teams", Fault.status(403)),
    "the address is unknown": ("teams", Fault.status(404)),
    "messages of the whole project are refused": ("messages", Fault.status(400)),
    "a request is not accepted": ("teams", Fault.status(422)),
    "dates cannot be read": ("teams", Fault.status(409)),
    "the limit is reached": ("teams", Fault.status(429)),
    "the limit is reached for ten minutes": ("teams", Fault.status(429, headers={"Retry-After": "900"})),
    "the server fails": ("teams", Fault.status(503)),
    "pages are too large": ("tickets", Fault.status(504)),
    "a response breaks off": ("teams", Fault.truncated()),
    "a web page comes": ("teams", Fault.status(200, b"<html><body>Welcome</body></html>")),
    "a list says that there is more": ("teams", Fault.status(200, b'{"teams": [], "totalCount": 5}')),
    "no list comes": ("teams", Fault.status(200, b'{"hello": "world"}')),
}
_SILENT = urllib3.exceptions.ReadTimeoutError(urllib3.HTTPConnectionPool("gleap"), "", "Read timed out.")
# How requests run out of time.
SLOW: dict[str, tuple[Fault, Callable[[], AbstractContextManager[object]]]] = {
    "no response comes": (Fault.hang(), fake_clock),
    "a response drips": (Fault.drip(0), lambda: fake_clock(read_timeout=None)),
    "a response stops": (Fault.drip(0), lambda: patch.object(urllib3.HTTPResponse, "read1", side_effect=_SILENT)),
}
WRONG_SETTINGS: dict[str, dict[str, Any]] = {
    "a setting is missing": {"api_key": None},
    "a setting has another form": {"project_id": "my project"},
    "a choice is none": {"messages_mode": "both"},
    "a number is too large": {"num_workers": 50},
    "the start date is in the future": {"start_date": "2199-01-01T00:00:00Z"},
    "the start date is no day": {"start_date": "2026-02-30T00:00:00Z"},
    "the address lacks its version": {"api_url": "https://api.gleap.io/v2"},
}


def errors() -> Iterator[tuple[str, str]]:
    """What causes an error, and the message that is shown for it."""
    for cause, (stream, fault) in FAULTS.items():
        yield cause, _shown(stream, fault)
    for cause, (fault, running_out) in SLOW.items():
        with running_out():
            yield cause, _shown("teams", fault)
    with GleapEmulator(Project.empty()) as emulator:
        config = emulator.config()
    yield "a stream does not exist", run_sync(config, ["agents"]).errors[0]
    with fake_sleep():
        yield "nobody responds", run_sync(config, ["teams"]).errors[0]
    project = Project.generate(seed=3, tickets=50)
    with GleapEmulator(project, Behavior(project_wide_messages="empty")) as emulator:
        yield "the project-wide list of messages is empty", run_sync(emulator.config(), ["messages"]).errors[0]
    project.bulk_update("tickets", list(project.expected_records["tickets"]), archived=None)
    with GleapEmulator(project, Behavior(max_skip=5, honours_sort=False, honours_filters=False)) as emulator:
        yield (
            "offsets are refused, and every other way",
            run_sync(emulator.config(), ["tickets"], page_size=5).errors[0],
        )
    with GleapEmulator(project, fault=_of_single_tickets(Fault.status(404))) as emulator:
        yield "no ticket is found", run_sync(emulator.config(), ["ticket_activity_logs"]).errors[0]
    with GleapEmulator(project, fault=_of_single_tickets(Fault.status(200, b"[]"))) as emulator:
        yield "no single ticket comes", run_sync(emulator.config(tickets_mode="detail"), ["tickets"]).errors[0]
    yield "a certificate is not trusted", _distrust()
    yield "a state cannot be read", validate_state([_state("teams", "yesterday")]).errors["teams"]
    for cause, changed in WRONG_SETTINGS.items():
        good = {"api_key": "k", "project_id": "0" * 24, "start_date": "2026-01-01T00:00:00Z"}
        try:
            SourceGleap().configure({name: value for name, value in (good | changed).items() if value is not None}, "")
        except AirbyteTracedException as error:
            yield cause, str(error.message)


def _of_single_tickets(fault: Fault) -> Callable[[Request], Fault | None]:
    return lambda request: fault if request.path.startswith("/tickets/") else None


def _distrust() -> str:
    """The message about an untrusted certificate. The emulator has none, so the error is made here."""
    error = requests.exceptions.SSLError("certificate verify failed: self-signed certificate (_ssl.c:1000)")
    return str(distrusted_certificate(error))


def _state(stream: str, cursor: str, **others: str) -> AirbyteStateMessage:
    return AirbyteStateMessage(
        type=AirbyteStateType.STREAM,
        stream=AirbyteStreamState(
            stream_descriptor=StreamDescriptor(name=stream), stream_state=AirbyteStateBlob(updatedAt=cursor, **others)
        ),
    )


def _shown(stream: str, fault: Fault) -> str:
    def each(request: Request) -> Fault | None:
        return fault if request.stream == stream else None

    with GleapEmulator(Project.generate(seed=3, tickets=20), fault=each) as emulator, fake_sleep():
        return run_sync(emulator.config(), [stream]).errors[0]


def warnings() -> Iterator[tuple[str, str]]:
    """What causes a warning or a notice in the log of a sync that succeeds, and its line."""
    project = Project.generate(seed=3, tickets=200)
    gone = next(iter(project.expected_records["surveys"]))
    project.add("teams", ticketAmount="many")
    without_id = b'[{"name": "Support"}]'
    yield (
        "a survey is gone",
        _line("Deleted since", project, "survey_responses", Behavior(gone_parents=frozenset({gone}))),
    )
    refused = Fault.status(403)
    yield (
        "a kind is not offered",
        _line("does not offer", project, "engagements", Behavior(), refused, path="/engagement/news"),
    )
    yield (
        "the filter is ignored",
        _line(
            "ignores the filter", project, "tickets", Behavior(honours_filters=False), start_date="2026-06-01T00:00:00Z"
        ),
    )
    yield "the filter is blind", _line("by its date", project, "sessions", Behavior(date_filters="blind"))
    yield "sort is refused", _line("refuses", project, "sessions", Behavior(refuses=frozenset({"sort"})))
    yield "a page is too large", _line("did not serve", project, "sessions", Behavior(max_rows_before_504=3))
    yield "an offset is refused", _line("from offset", project, "messages", Behavior(max_skip=50), page_size=20)
    yield "a value cannot be read", _line("cannot be read as its declared type", project, "teams", Behavior())
    yield "a record has no id", _line("have no id", project, "teams", Behavior(), Fault.status(200, without_id))
    made_with = validate_state([_state("teams", "2026-05-01T00:00:00Z", start_date="2026-01-01T00:00:00Z")])
    yield "the start date is earlier", next(made_with.start_date_warnings("2025-01-01T00:00:00Z", ["teams"]))
    yield "a setting is misspelt", _line("nknown setting", project, "teams", Behavior(), num_worker=8)
    yield "a request is tried again", _line("Waiting", project, "teams", Behavior(), Fault.status(503), first_only=True)


def _line(
    part: str,
    project: Project,
    stream: str,
    behavior: Behavior,
    fault: Fault | None = None,
    first_only: bool = False,
    path: str = "",
    page_size: int | None = None,
    **config: Any,
) -> str:
    asked: list[Request] = []

    def each(request: Request) -> Fault | None:
        asked.append(request)
        is_past = first_only and len(asked) > 1
        return None if is_past or not request.path.startswith(path) else fault

    with GleapEmulator(project, behavior, fault=each) as emulator, fake_sleep():
        done = run_sync(emulator.config(**config), [stream], page_size=page_size)
    return next(line for line in done.log if part in line)
