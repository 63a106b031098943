"""A PostgreSQL server for the tests of what PyAirbyte loads into it."""

import os
from collections.abc import Iterator

import pytest

from integration_tests.support.postgres_server import find_postgres, running_postgres


@pytest.fixture(scope="session")
def postgres_port() -> Iterator[int]:
    """The port of an empty server. Without PostgreSQL the test skips, and fails where REQUIRE_POSTGRES is 1."""
    programs = find_postgres()
    if programs is None:
        missing = "PostgreSQL's server is not installed (Debian and Ubuntu: apt install postgresql)"
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    with running_postgres(programs) as port:
        yield port
