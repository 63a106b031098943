"""A read of many parents says once a minute how many are done."""

import pytest

from source_gleap.streams import CircuitBreaker


def test_parents_that_are_done_are_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    seconds = 0.0
    breaker = CircuitBreaker("ticket_activity_logs", parents="tickets", has_own_lists=True, monotonic=lambda: seconds)
    for number in range(1500):
        breaker.add_partition(is_last=number == 1499)
    with caplog.at_level("INFO", logger="airbyte"):
        for _ in range(1499):
            seconds = round(seconds + 0.1, 1)
            breaker.close_partition()
    assert [line for line in caplog.messages if "done" in line] == [
        "Stream ticket_activity_logs: 600 of 1,500 tickets done.",
        "Stream ticket_activity_logs: 1,200 of 1,500 tickets done.",
    ]


def test_number_of_parents_is_a_lower_bound_while_they_are_listed(caplog: pytest.LogCaptureFixture) -> None:
    seconds = 0.0
    breaker = CircuitBreaker("ticket_activity_logs", parents="tickets", has_own_lists=True, monotonic=lambda: seconds)
    for _ in range(3):
        breaker.add_partition(is_last=False)
    seconds = 61.0
    with caplog.at_level("INFO", logger="airbyte"):
        breaker.close_partition()
    assert caplog.messages == ["Stream ticket_activity_logs: 1 of at least 3 tickets done."]
