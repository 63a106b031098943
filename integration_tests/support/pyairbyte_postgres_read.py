"""`python -m integration_tests.support.pyairbyte_postgres_read CONFIG FOLDER PORT SCHEMA [options]`: reads all streams.

With PyAirbyte, into a schema of the PostgreSQL server on that port; a second run goes on from the state of the first.
The exit code is 1 if a stream failed.
"""

import argparse
import functools
import json
import sys
from pathlib import Path

import airbyte
import pandas
from airbyte.caches import PostgresCache
from airbyte.exceptions import PyAirbyteError

from integration_tests.support.postgres_server import DATABASE, USER

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("folder", type=Path, help="for PyAirbyte's files")
    parser.add_argument("port", type=int)
    parser.add_argument("schema")
    parser.add_argument("--guess-types", action="store_true", help="leave pandas.read_json as it is")
    parser.add_argument("--at-once", action="store_true", help="read all streams at once, not one after the other")
    parser.add_argument("--manifest", type=Path, help="let PyAirbyte run this manifest, not the installed connector")
    parser.add_argument("--streams", nargs="+", help="read these only")
    options = parser.parse_args()

    if not options.guess_types:
        pandas.read_json = functools.partial(pandas.read_json, dtype=False)
    connector = (
        {"source_manifest": options.manifest}
        if options.manifest
        else {"local_executable": Path(sys.executable).with_name("source-gleap")}
    )
    source = airbyte.get_source("source-gleap", **connector)
    source.set_config(json.loads(options.config.read_text()), validate=True)
    names = options.streams or source.get_available_streams()
    failed = False
    with PostgresCache(
        host="127.0.0.1",
        port=options.port,
        username=USER,
        password="",
        database=DATABASE,
        schema_name=options.schema,
        cache_dir=options.folder / "cache",
    ) as cache:
        for selected in [names] if options.at_once else [[name] for name in names]:
            source.select_streams(selected)
            try:
                source.read(cache=cache)
            except PyAirbyteError as error:
                print(error, file=sys.stderr)
                failed = True
    sys.exit(failed)
