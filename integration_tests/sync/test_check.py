"""`check` sends the first requests of a read, one row each, and fails as the read would."""

from typing import Any

import pytest
from airbyte_cdk.models import Status

from integration_tests.gleap_emulator import Behavior, Fault, GleapEmulator, Project, Request
from integration_tests.support.fake_sleep import fake_clock, fake_sleep
from integration_tests.support.run_sync import run_sync
from source_gleap import SourceGleap


def check(emulator: GleapEmulator, **options: Any) -> tuple[Status, str, list[Request]]:
    """The status, the message, and the requests of a check."""
    before = len(emulator.requests)
    source = SourceGleap()
    config = source.configure(emulator.config(**options), "")
    result = source.check(None, config)  # type: ignore[arg-type]
    return result.status, str(result.message), emulator.requests[before:]


def first_line(requests: list[Request], path: str) -> bytes:
    line = next(request.line for request in requests if request.path == path)
    return line.replace(b"limit=1000", b"limit=1")


@pytest.mark.parametrize("tickets", [0, 40])
def test_check_sends_the_first_requests_of_a_read_for_one_row(tickets: int) -> None:
    with GleapEmulator(Project.generate(seed=3, tickets=tickets)) as emulator:
        settings = {"num_workers": 1, "start_date": "2020-01-01T00:00:00Z"}
        run_sync(emulator.config(**settings), ["teams", "tickets", "messages"])
        read = list(emulator.requests)
        status, _, made = check(emulator, **settings)
    assert status == Status.SUCCEEDED
    assert [request.path for request in made] == ["/teams", "/tickets", "/messages"]
    # The last window ends some time after the present; the first one starts at the start date.
    for path in ("/teams", "/tickets", "/messages"):
        sent, expected = (first_line(requests, path) for requests in (made, read))
        assert sent[:120] == expected[:120]
        assert len(sent) == len(expected)


@pytest.mark.parametrize("tickets", [0, 40])
def test_check_requests_messages_of_one_ticket_in_ticket_mode(tickets: int) -> None:
    with GleapEmulator(Project.generate(seed=3, tickets=tickets)) as emulator:
        status, _, made = check(emulator, messages_mode="ticket", start_date="2020-01-01T00:00:00Z")
    assert status == Status.SUCCEEDED
    assert [request.path for request in made] == ["/teams", "/tickets", "/messages"][: 3 if tickets else 2]
    assert all(request.params["limit"] == "1" for request in made[1:])


@pytest.mark.parametrize(("stream", "status"), [("teams", 401), ("tickets", 403), ("tickets", 400), ("messages", 404)])
def test_refusal_fails_the_check_with_the_message_of_the_read(stream: str, status: int) -> None:
    def fault(request: Request) -> Fault | None:
        return Fault.status(status, b'{"message": "no"}') if request.stream == stream else None

    with GleapEmulator(Project.generate(seed=3, tickets=20), fault=fault) as emulator:
        found, message, made = check(emulator)
        error = run_sync(emulator.config(), [stream]).errors[0]
    assert found == Status.FAILED
    assert message == error
    assert len(made) <= 4


def test_check_names_messages_mode_where_the_project_wide_list_is_refused() -> None:
    with GleapEmulator(Project.generate(seed=3, tickets=20), Behavior(project_wide_messages=False)) as emulator:
        found, message, _ = check(emulator)
        by_ticket, _, _ = check(emulator, messages_mode="ticket")
    assert found == Status.FAILED
    assert "(messages_mode) to 'ticket'" in message
    assert by_ticket == Status.SUCCEEDED


@pytest.mark.parametrize("mode", ["project", "ticket"])
@pytest.mark.parametrize("refused", [{"sort"}, {"bounds"}, {"sort", "bounds"}])
def test_check_succeeds_where_read_falls_back_to_plain_requests(mode: str, refused: set[str]) -> None:
    behavior = Behavior(refuses=frozenset(refused))
    with GleapEmulator(Project.generate(seed=3, tickets=20), behavior) as emulator:
        found, _, made = check(emulator, messages_mode=mode)
    assert found == Status.SUCCEEDED
    assert len(made) <= 4


@pytest.mark.parametrize("stream", ["sessions", "surveys", "survey_responses"])
def test_stream_missing_from_the_plan_does_not_fail_the_check(stream: str) -> None:
    def fault(request: Request) -> Fault | None:
        return Fault.status(402) if request.stream == stream else None

    with GleapEmulator(Project.generate(seed=3, tickets=20), fault=fault) as emulator:
        assert check(emulator)[0] == Status.SUCCEEDED


def test_unavailable_gleap_fails_the_check() -> None:
    with GleapEmulator(Project.empty(), fault=lambda request: Fault.status(503)) as emulator, fake_sleep():
        found, message, _ = check(emulator)
    assert found == Status.FAILED
    assert message.startswith("Gleap is not available")


@pytest.mark.parametrize(
    "fault",
    [Fault.status(429), Fault.status(429, headers={"Retry-After": "3600"}), Fault.status(503), Fault.reset()],
    ids=["429", "429 with Retry-After", "503", "reset"],
)
def test_check_gives_up_within_a_minute_of_waits(fault: Fault) -> None:
    with GleapEmulator(Project.empty(), fault=lambda request: fault) as emulator, fake_sleep() as sleeps:
        found, _, made = check(emulator)
    assert found == Status.FAILED
    assert len(made) <= 4
    assert sleeps.longest < 20


@pytest.mark.parametrize("fault", [Fault.hang(), Fault.drip(0)], ids=["hang", "drip"])
def test_check_gives_up_on_a_silent_gleap_within_a_minute(fault: Fault) -> None:
    with (
        GleapEmulator(Project.empty(), fault=lambda request: fault) as emulator,
        fake_sleep() as sleeps,
        fake_clock() as limits,
    ):
        found, message, _ = check(emulator)
    seconds = sum(connect + read for attempts in limits.values() for connect, read in attempts)
    assert found == Status.FAILED
    assert "Gleap" in message
    assert seconds + sleeps.longest < 60
