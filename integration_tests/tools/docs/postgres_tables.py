"""The tables that PyAirbyte makes of an emulated project in PostgreSQL."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from integration_tests.gleap_emulator import GleapEmulator
from integration_tests.support.postgres_server import DATABASE, USER
from integration_tests.support.process import written
from integration_tests.support.pyairbyte import records_by_id, run_reader
from source_gleap import SourceGleap

Row = tuple[Any, ...]


class PostgresTables:
    """One schema of a PostgreSQL server, which PyAirbyte fills.

    Args:
        emulator: The emulated project to read.
        port: The server's port on 127.0.0.1.
        folder: An empty folder for PyAirbyte's files; its name is the schema's.
    """

    def __init__(self, emulator: GleapEmulator, port: int, folder: Path) -> None:
        self._emulator, self._port, self._folder = emulator, port, folder
        (folder / "tmp").mkdir(parents=True)
        catalog = SourceGleap().discover(None, emulator.config())  # type: ignore[arg-type]
        self.fields: dict[str, Mapping[str, Any]] = {
            stream.name: stream.json_schema["properties"] for stream in catalog.streams
        }

    def read(self, *options: str, fails: bool = False) -> int:
        """Runs `pyairbyte_postgres_read` with these options, once more. Returns how many rows the emulator sent."""
        asked = len(self._emulator.requests)
        config = written(self._folder / "config.json", self._emulator.config(lookback_window=0))
        place = [str(config), str(self._folder), str(self._port), self._folder.name]
        done = run_reader("pyairbyte_postgres_read", [*place, *options], self._folder)
        assert done.returncode == (1 if fails else 0), done.stderr
        assert ("AirbyteConnectorFailedError" in done.stderr) == fails
        return sum(request.rows for request in self._emulator.requests[asked:])

    def query(self, sql: str) -> list[Row]:
        """The rows of a statement whose tables are those of this schema, numbers with decimals as floats."""
        import psycopg  # comes with PyAirbyte, which `make test` does not install

        with psycopg.connect(
            host="127.0.0.1",
            port=self._port,
            user=USER,
            dbname=DATABASE,
            options=f"-c search_path={self._folder.name}",
        ) as connection:
            rows = connection.execute(sql).fetchall()
        return [tuple(float(value) if isinstance(value, Decimal) else value for value in row) for row in rows]

    def records(self, stream: str) -> dict[str, dict[str, Any]]:
        """The rows of a table by id, with the fields' own names and what is null left out."""
        names = list(self.fields[stream])
        columns = ", ".join(f'"{name.lower()}"' for name in names)
        return records_by_id(names, self.query(f"SELECT {columns} FROM {stream}"))

    def column_types(self, stream: str) -> dict[str, str]:
        """The type of each column but PyAirbyte's own, by the field's own name."""
        found: dict[str, str] = dict(
            self.query(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
                f"WHERE attrelid = '{stream}'::regclass AND attnum > 0 AND NOT attisdropped"
            )
        )
        return {name: found[name.lower()] for name in self.fields[stream]}

    def streams(self) -> set[str]:
        """The streams that have a table."""
        found = self.query(
            f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{self._folder.name}'"
        )
        return {name for (name,) in found} & self.fields.keys()
