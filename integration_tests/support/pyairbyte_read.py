"""`python -m integration_tests.support.pyairbyte_read CONFIG FOLDER`: reads all streams into FOLDER/gleap.duckdb.

With PyAirbyte and the installed package's `source-gleap`; a second run goes on from the state of the first.
"""

import json
import sys
from pathlib import Path

import airbyte
from airbyte.caches import DuckDBCache

if __name__ == "__main__":
    config, folder = Path(sys.argv[1]), Path(sys.argv[2])
    source = airbyte.get_source("source-gleap", local_executable=Path(sys.executable).with_name("source-gleap"))
    source.set_config(json.loads(config.read_text()), validate=True)
    source.check()
    source.select_all_streams()
    with DuckDBCache(db_path=folder / "gleap.duckdb", cache_dir=folder / "cache") as cache:
        source.read(cache=cache)
