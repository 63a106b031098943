"""The hazard: a stock manifest that pages by offset loses tickets, in the scenario in which the connector loses none.

A project of 2,000 tickets is read in pages of 100 rows, and before every request a few tickets are edited; then one
quiet sync goes on from the state. `docs/no-loss.md` quotes the table that this prints:

    python -m integration_tests.no_data_loss.test_stock_manifest_comparison
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from itertools import count
from random import Random
from typing import Any, NamedTuple

import pytest
from airbyte_cdk.models import AirbyteStateMessage, SyncMode
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource
from airbyte_cdk.test.catalog_builder import CatalogBuilder
from airbyte_cdk.test.entrypoint_wrapper import read

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project, Request
from integration_tests.support.destination import upsert
from integration_tests.support.paths import STOCK_MANIFEST
from integration_tests.support.run_sync import SyncResult, run_sync
from integration_tests.support.slow_cases import slow_except

TICKETS, DAYS, PAGE_SIZE = 2000, 90, 100
SEEDS = (1, 2, 3)
EDITS_PER_REQUEST = (0, 1, 3, 10)

Reader = Callable[[Mapping[str, Any], Sequence[AirbyteStateMessage]], SyncResult]


class Outcome(NamedTuple):
    """What became of one scenario."""

    lost: int
    """Tickets that the project holds and the destination does not, or not as they are now."""
    edits: int
    """Edits while the first sync ran."""


def stock(config: Mapping[str, Any], state: Sequence[AirbyteStateMessage]) -> SyncResult:
    """One sync of the stock manifest."""
    catalog = CatalogBuilder().with_stream("tickets", SyncMode.incremental).build()
    source = YamlDeclarativeSource(
        path_to_yaml=str(STOCK_MANIFEST), catalog=catalog, config=dict(config), state=list(state)
    )
    return SyncResult(read(source, dict(config), catalog, list(state)))


def ours(config: Mapping[str, Any], state: Sequence[AirbyteStateMessage]) -> SyncResult:
    """One sync of the connector, with the same page size."""
    return run_sync(config, ["tickets"], state, page_size=PAGE_SIZE)


def lost(reader: Reader, edits_per_request: int, seed: int) -> Outcome:
    """Runs the scenario: a busy first sync, in which tickets are edited before every request, and a quiet second one.

    :param reader: `stock` or `ours`
    :param seed: of the project and of the choice of tickets: the same one gives the same numbers
    """
    start, ticks = datetime.now(timezone.utc), count(1)

    def clock() -> datetime:
        """A millisecond for every edit, so that the order of the tickets does not depend on the machine's speed."""
        return start + timedelta(milliseconds=next(ticks))

    project = Project.generate(seed=seed, tickets=TICKETS, now=start, days=DAYS, clock=clock)
    ids, choice, edits = list(project.expected_records["tickets"]), Random(seed), 0

    def edit(project: Project, request: Request) -> None:
        nonlocal edits
        chosen = choice.sample(ids, edits_per_request)
        project.update("tickets", chosen, status="INPROGRESS")
        edits += len(chosen)

    destination: dict[str, dict[str, Any]] = {}
    # The stock manifest percent-encodes the colons of dates.
    lenient = Behavior(reads_queries="lenient")
    with GleapEmulator(project, lenient, before_request=edit) as emulator:
        busy = reader(emulator.config(), ())
        emulator.before_request = None
        quiet = reader(emulator.config(), busy.states)
    for done in (busy, quiet):
        assert done.errors == []
        upsert(done.records["tickets"], destination)
    held = {key: ticket["updatedAt"] for key, ticket in project.expected_records["tickets"].items()}
    return Outcome(
        lost=sum(destination.get(key, {}).get("updatedAt") != moment for key, moment in held.items()),
        edits=edits,
    )


@pytest.mark.parametrize("edits_per_request", slow_except([3], [1, 3, 10]))
def test_stock_manifest_with_offset_pagination_loses_tickets(edits_per_request: int) -> None:
    assert lost(stock, edits_per_request, seed=1).lost > 0


@pytest.mark.parametrize("edits_per_request", slow_except([3], [1, 3, 10]))
def test_connector_loses_no_tickets_in_the_same_scenario(edits_per_request: int) -> None:
    outcome = lost(ours, edits_per_request, seed=1)
    assert outcome.lost == 0
    assert outcome.edits >= TICKETS // PAGE_SIZE * edits_per_request  # at least as much moved


def test_stock_manifest_loses_no_tickets_of_unchanged_project() -> None:
    assert lost(stock, 0, seed=1).lost == 0


def table() -> str:
    """The measurement, as `docs/no-loss.md` shows it."""
    lines = [
        "| edits before each request | edits during the stock read | lost by stock manifest | lost by this connector |",
        "|--:|--:|--:|--:|",
    ]
    for edits in EDITS_PER_REQUEST:
        theirs, own = ([lost(reader, edits, seed) for seed in SEEDS] for reader in (stock, ours))
        cells = [", ".join(str(each.lost) for each in outcomes) for outcomes in (theirs, own)]
        lines.append(f"| {edits} | {max(each.edits for each in theirs)} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)  # the CDK logs to standard output
    print(table())
