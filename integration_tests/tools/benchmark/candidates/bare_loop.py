"""A bare loop of requests and orjson: no errors handled, no state, no schema."""

import sys

import orjson
import requests

from integration_tests.tools.benchmark.candidates.task import HEADERS, PAGE_SIZE, Task, given, shaper


def main() -> None:
    task, skip = given(Task), 0
    shaped = shaper(task.schema)
    session = requests.Session()
    session.headers.update(HEADERS)
    while True:
        response = session.get(
            f"{task.url}/{task.stream}", params={**task.parameters, "limit": str(PAGE_SIZE), "skip": str(skip)}
        )
        response.raise_for_status()
        document = orjson.loads(response.content)
        rows = document[task.list_key] if task.list_key else document
        sys.stdout.buffer.writelines(orjson.dumps(shaped(row)) + b"\n" for row in rows)
        skip += len(rows)
        if len(rows) < PAGE_SIZE:
            return


if __name__ == "__main__":
    main()
