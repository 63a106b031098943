"""A project of any number of tickets that takes no memory: each page is made when it is asked for.

`python -m integration_tests.support.large_project_server ROWS DAYS [unsorted] [--row-bytes N]` prints its port and
serves until its stdin is closed.
"""

import argparse
import re
import sys
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

ROW_BYTES = 1500


def _row(size: int) -> str:
    """A format for rows of about `size` bytes."""
    row = {
        "id": "%024x",
        "updatedAt": "%s",
        "createdAt": "2020-01-01T00:00:00.000Z",
        "title": "A ticket among many",
        "session": {"_id": "65f0aa11bb22cc33dd44ee01", "email": "a@example.com"},
        "tags": ["one", "two"],
        "formData": {"description": "x" * (size - 800)},
        "customData": {"text": "y" * 500},
    }
    return orjson.dumps(row).decode()


class ManyTickets:
    """Tickets that were changed one after the other, evenly spread over the last `days`.

    :param honours_sort: else they come in an order of their own
    """

    def __init__(self, rows: int, days: int, honours_sort: bool = True, row_bytes: int = ROW_BYTES) -> None:
        self._rows, self._honours_sort, self._row = rows, honours_sort, _row(row_bytes)
        self._gap = timedelta(days=days) / rows // timedelta(milliseconds=1) * timedelta(milliseconds=1)
        self._first = datetime.now(timezone.utc).replace(microsecond=0) - self._gap * rows

    def page(self, query: str) -> bytes:
        """The response to a request for `/tickets`. None of them is archived."""
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        # `updatedAt>=` and `updatedAt<=` (docs/API.md 2).
        low = max(0, -((self._first - _moment(asked["updatedAt>"])) // self._gap))
        high = min(self._rows - 1, (_moment(asked["updatedAt<"]) - self._first) // self._gap)
        found: Sequence[int] = range(low, high + 1) if asked["archived"] == "false" else ()
        in_order = found[::-1] if asked["sort"].startswith("-") else found
        if not self._honours_sort:
            in_order = _Shuffled(found)
        rows = in_order[int(asked["skip"]) :][: int(asked["limit"])]
        body = ",".join(self._row % (number, _iso(self._first + number * self._gap)) for number in rows)
        return f'{{"tickets":[{body}],"count":{len(rows)},"totalCount":{len(found)}}}'.encode()


class _Shuffled(Sequence[int]):
    """`numbers` in another order, without a copy of them: the even ones first."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return [self[place] for place in range(*key.indices(len(self)))]
        evens = (len(self) + 1) // 2
        return self._numbers[2 * key if key < evens else 2 * (key - evens) + 1]


def _moment(date: str) -> datetime:
    return datetime.fromisoformat(re.sub("Z$", "+00:00", date))


def _iso(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def serve(tickets: ManyTickets) -> None:
    """Prints the port, and serves on it until stdin is closed."""

    class Connection(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else keep-alive adds 40 ms to a response

        def do_GET(self) -> None:  # the base class's name
            body = tickets.page(urlsplit(self.path).query)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Connection)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("days", type=int)
    parser.add_argument("order", nargs="?", choices=["unsorted"])
    parser.add_argument("--row-bytes", type=int, default=ROW_BYTES)
    options = parser.parse_args()
    serve(ManyTickets(options.rows, options.days, options.order is None, options.row_bytes))
