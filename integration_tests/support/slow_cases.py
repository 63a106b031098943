"""Which cases of a test `make test` runs; `make test-all` runs all of them."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def slow_except(kept: Collection[Any], cases: Iterable[Any]) -> list[Any]:
    """Marks as slow the cases that repeat, at more cost, what the kept ones show.

    Args:
        kept: the cases that `make test` runs.
        cases: all cases, in the form that `pytest.mark.parametrize` takes.
    """
    parameters = []
    for case in cases:
        values = case if isinstance(case, tuple) else (case,)
        parameters.append(pytest.param(*values, marks=[] if case in kept else [pytest.mark.slow]))
    return parameters
