"""What proves who a user is stays in Gleap."""

import pytest

from integration_tests.gleap_emulator import GleapEmulator, Project
from integration_tests.gleap_emulator.serialization import SECRET
from integration_tests.support.run_sync import run_sync


@pytest.mark.parametrize("tickets_mode", ["list", "detail"])
def test_no_output_holds_a_secret_of_a_user(tickets_mode: str) -> None:
    project = Project.generate(seed=3, tickets=60)
    with GleapEmulator(project) as emulator:
        done = run_sync(emulator.config(tickets_mode=tickets_mode))
    assert done.errors == []
    assert all(done.records.values())
    assert any('"email"' in record["data"] for record in done.records["ticket_activity_logs"])
    output = "".join(map(str, [*done.output.records, *done.output.state_messages, *done.log]))
    assert SECRET not in output


def test_each_user_in_a_reference_is_in_the_users() -> None:
    project = Project.generate(seed=3, tickets=60)
    with GleapEmulator(project) as emulator:
        done = run_sync(emulator.config(), ["tickets", "messages", "teams", "users"])
    users = {record["id"] for record in done.records["users"]}
    named = {ticket.get("processingUser") for ticket in done.records["tickets"]}
    named |= {message.get("user") for message in done.records["messages"]}
    named |= {member for team in done.records["teams"] for member in team["members"]}
    assert named - {None} <= users
