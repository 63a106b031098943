"""The benchmark refuses a candidate that did not read what there is, and says whether targets are met."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from integration_tests.tools.benchmark.checking import Expected, WrongOutput
from integration_tests.tools.benchmark.data import Dataset
from integration_tests.tools.benchmark.report import table
from integration_tests.tools.benchmark.stats import comparison, summary, targets

HELD: list[dict[str, Any]] = [
    {"id": "a", "title": "Größe", "formData": {"size": 1}, "archived": True},
    {"id": "b", "formData": {}},
]
EMITTED = [{**record, "formData": orjson.dumps(record["formData"]).decode()} for record in HELD]
SCHEMA: dict[str, Any] = {"properties": {name: {} for name in ("id", "title", "formData", "archived")}}


@pytest.fixture
def expected_records(tmp_path: Path) -> Expected:
    (tmp_path / "expected_records.jsonl").write_bytes(b"\n".join(map(orjson.dumps, HELD)))
    return Expected(Dataset(tmp_path, "tickets", len(HELD), "2026-01-01T00:00:00Z"))


def test_correct_records_pass(expected_records: Expected) -> None:
    expected_records.check_ids(iter(EMITTED))
    expected_records.check_values(iter(EMITTED), SCHEMA, exact=True)


@pytest.mark.parametrize(
    "records",
    [EMITTED[:1], [*EMITTED, EMITTED[0]], [EMITTED[0], {"id": "c"}], [*EMITTED, {"id": "c"}], []],
    ids=["missing", "twice", "another", "one more", "none"],
)
def test_missing_duplicate_or_foreign_records_are_refused(expected_records: Expected, records: list[Any]) -> None:
    with pytest.raises(WrongOutput, match="ids"):
        expected_records.check_ids(iter(records))


@pytest.mark.parametrize(
    "change", [{"title": "Grösse"}, {"archived": 1}, {"formData": '{"size": 2}'}, {"title": None}, {"extra": "x"}]
)
def test_value_that_differs_from_the_data_set_is_refused(expected_records: Expected, change: dict[str, Any]) -> None:
    with pytest.raises(WrongOutput, match=next(iter(change))):
        expected_records.check_values(iter([{**EMITTED[0], **change}]), SCHEMA, exact=True)


def test_stock_manifest_may_write_python_literals_and_extra_fields(expected_records: Expected) -> None:
    expected_records.check_values(iter([{**EMITTED[0], "formData": "{'size': 1}", "__v": 3}]), SCHEMA, exact=False)
    with pytest.raises(WrongOutput, match="formData"):
        expected_records.check_values(iter([{**EMITTED[0], "formData": "{'size': 2}"}]), SCHEMA, exact=False)


def run(candidate: str, latency: int, seconds: float, memory: float = 100) -> dict[str, Any]:
    return {"candidate": candidate, "latency": latency, "seconds": seconds, "cpu": 1, "memory": memory, "requests": 50}


def results(
    comparisons: Sequence[dict[str, Any]] = (),
    sizes: Sequence[dict[str, Any]] = (),
    hourly: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    keys, shown = ("candidate", "latency"), ("memory", "requests")
    return {
        "comparisons": summary(comparisons, keys, lambda run: shown),
        "sizes": summary(sizes, ("candidate", "stream", "rows"), lambda run: shown),
        "hourly": summary(hourly, keys, lambda run: shown),
        "starts": [],
    }


def measured(found: dict[str, Any], text: str) -> list[tuple[float | None, bool | None]]:
    return [(target.measured, target.is_met) for target in targets(found) if text in target.text]


def test_target_is_the_ratio_of_medians() -> None:
    found = results([run("ours", 0, seconds) for seconds in (9, 1, 2)] + [run("stock", 0, 4), run("dlt", 0, 2)])
    assert measured(found, "at 0 ms a page, default settings / stock") == [(0.5, True)]
    assert measured(found, "at 0 ms a page, default settings / dlt") == [(1.0, False)]


def test_target_without_runs_is_neither_met_nor_missed() -> None:
    assert {target.is_met for target in targets(results())} == {None}


def test_memory_targets_use_the_largest_runs_at_default_settings() -> None:
    comparisons = [run("ours", 0, 1, 120), run("ours", 0, 1, 110), run("ours-8", 0, 1, 400)]
    found = results(comparisons, sizes=[{**run("ours", 0, 1, 151), "stream": "tickets", "rows": 1}])
    assert measured(found, "memory") == [(120, True), (151, False)]


def test_targets_of_the_hourly_sync_count_requests_and_latencies() -> None:
    found = results(hourly=[run("ours", 0, 2), run("ours", 1000, 12), run("dlt", 1000, 40)])
    assert measured(found, "hourly") == [(50, False), (10, False), (0.3, True)]


def test_results_keep_nothing_but_what_is_shown() -> None:
    kept = summary([run("ours", 200, seconds) for seconds in (1, 3, 2)], ("candidate",), lambda run: ("cpu",))
    assert kept == [{"candidate": "ours", "runs": 3, "seconds": 2, "cpu": 1}]


def test_candidate_without_runs_has_no_figure() -> None:
    assert comparison(results([run("ours", 0, 1)]), "ours", 50) is None


def test_table_pads_its_columns() -> None:
    assert table(["name", "s"], [["one", "1.00"], ["thirteen", "13.00"]]).splitlines() == [
        "| name     |     s |",
        "| :------- | ----: |",
        "| one      |  1.00 |",
        "| thirteen | 13.00 |",
    ]
