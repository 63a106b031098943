"""`engagements`: one list for each kind, of which a plan may not include all."""

import pytest

from integration_tests.gleap_emulator import Fault, GleapEmulator, Project, Request
from integration_tests.gleap_emulator.endpoints import ENGAGEMENT_KINDS
from integration_tests.support.run_sync import SyncResult, run_sync


def read(status: int, refused: frozenset[str]) -> tuple[SyncResult, SyncResult]:
    """A read in which these kinds are refused, and the next one, in which none is."""
    project = Project.empty()
    for kind in ENGAGEMENT_KINDS:
        project.add("engagements", id=kind, kind=kind)

    def fault(request: Request) -> Fault | None:
        return Fault.status(status) if request.path.rpartition("/")[2] in refused else None

    with GleapEmulator(project, fault=fault) as emulator:
        first = run_sync(emulator.config(num_workers=1), ["engagements"])
        emulator.fault = None
        return first, run_sync(emulator.config(num_workers=1), ["engagements"], first.states)


def kinds(done: SyncResult) -> set[str]:
    return {record["kind"] for record in done.records["engagements"]}


@pytest.mark.parametrize("status", [402, 403, 404])
def test_kinds_that_are_refused_are_left_out_with_one_warning(status: int) -> None:
    refused = frozenset(sorted(ENGAGEMENT_KINDS)[:6])
    first, second = read(status, refused)
    assert first.errors == []
    assert kinds(first) == ENGAGEMENT_KINDS - refused
    (warning,) = [line for line in first.log if "does not offer" in line]
    assert all(kind in warning for kind in refused)
    assert refused <= kinds(second)


@pytest.mark.parametrize("status", [402, 403])
def test_refusal_of_all_kinds_is_an_error_that_names_the_stream(status: int) -> None:
    done, _ = read(status, ENGAGEMENT_KINDS)
    assert "engagements" in done.errors[0]
    assert "11 of 11" in done.errors[0]


def test_other_failure_of_a_kind_fails_the_stream() -> None:
    done, _ = read(409, frozenset({"news"}))
    assert "This concerns 1 of 11 requested: kind news." in done.errors[0]
    assert kinds(done) == ENGAGEMENT_KINDS - {"news"}
