"""Serves a data set as Gleap's list endpoint does, fast enough not to be what is measured.

    python -m integration_tests.tools.benchmark.server FOLDER

It prints its address, `http://127.0.0.1:PORT`, and ends when its standard input does. The first part of a path is a
latency in milliseconds, the wait before each response: `/200/tickets?limit=1000&skip=0`. `/requests` responds with the
number of pages asked for since it was last asked.

A page is a slice of the rendered file, or as many slices as rows, so the server spends its time in the kernel. Each
connection has its thread: waits run side by side. It knows the queries that the candidates send, and refuses others.
"""

import mmap
import socket
import socketserver
import sys
import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import orjson
from numpy.typing import NDArray

from integration_tests.tools.benchmark.data import milliseconds

_MOST_ROWS = {"tickets": 1000, "messages": 10_000}
_KNOWN = {"limit", "skip", "sort", "updatedAt>", "updatedAt<", "ignoreArchived", "archived"}
_ALWAYS = (-(2**62), 2**62)


class Pages:
    """The responses from one data set."""

    def __init__(self, folder: Path) -> None:
        self.stream: str = orjson.loads((folder / "about.json").read_bytes())["stream"]
        with (folder / "rows.json").open("rb") as file:
            self._rows = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        self._offsets = np.fromfile(folder / "offsets", np.int64)
        self._updated = np.fromfile(folder / "updated", np.int64)
        self._archived = np.fromfile(folder / "archived", np.uint8)
        self._select = lru_cache(maxsize=256)(self._selection)

    def page(self, query: str) -> list[bytes | memoryview]:
        """The body of the response to a query string, in parts.

        Raises ValueError: a parameter that no candidate should send.
        """
        asked = dict(parse_qsl(query, strict_parsing=True))
        if asked.keys() - _KNOWN:
            raise ValueError(f"unknown parameters: {sorted(asked.keys() - _KNOWN)}")
        if asked.get("sort") not in ("updatedAt", "-updatedAt"):
            raise ValueError("sort must be updatedAt or -updatedAt")
        low, high = (
            milliseconds(asked[name]) if name in asked else least
            for name, least in zip(("updatedAt>", "updatedAt<"), _ALWAYS, strict=True)
        )
        rows = self._select(asked.get("archived"), low, high)
        total, skip = len(rows), int(asked.get("skip", 0))
        if asked["sort"] == "-updatedAt" and self.stream != "messages":
            rows = rows[::-1]
        rows = rows[skip : skip + min(int(asked["limit"]), _MOST_ROWS.get(self.stream, 1000))]
        return self._enveloped(self._joined(rows), len(rows), total)

    def _selection(self, archived: str | None, low: int, high: int) -> NDArray[np.int64]:
        wanted = (self._updated >= low) & (self._updated <= high)
        if archived is not None:
            wanted &= self._archived == (archived == "true")
        return np.flatnonzero(wanted)

    def _joined(self, rows: NDArray[np.int64]) -> bytes | memoryview:
        if not len(rows):
            return b""
        starts, ends = self._offsets[rows], self._offsets[rows + 1] - 1
        if rows[-1] - rows[0] == len(rows) - 1:
            return self._rows[int(starts[0]) : int(ends[-1])]
        parts = [self._rows[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        return b",".join(parts)

    def _enveloped(self, rows: bytes | memoryview, count: int, total: int) -> list[bytes | memoryview]:
        if self.stream == "tickets":
            return [b'{"tickets":[', rows, b'],"count":%d,"totalCount":%d}' % (count, total)]
        return [b"[", rows, b"]"]


class PageServer(socketserver.ThreadingTCPServer):
    """Serves `pages` on a free port of the loopback interface."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, pages: Pages) -> None:
        self.pages, self.requests, self.lock = pages, 0, threading.Lock()
        super().__init__(("127.0.0.1", 0), _Connection)

    def respond(self, target: str) -> tuple[int, list[bytes | memoryview]]:
        """Status and body of the response to a request for `target`, a path with its query."""
        parts = urlsplit(target)
        if parts.path == "/requests":
            with self.lock:
                counted, self.requests = self.requests, 0
            return 200, [b"%d" % counted]
        with self.lock:
            self.requests += 1
        _, latency, *stream = parts.path.split("/")
        if stream != [self.pages.stream]:
            return 404, [b"{}"]
        time.sleep(int(latency) / 1000)
        try:
            return 200, self.pages.page(parts.query)
        except (KeyError, ValueError) as error:
            return 400, [orjson.dumps({"message": repr(error)})]


class _Connection(socketserver.BaseRequestHandler):
    request: socket.socket
    server: PageServer

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting = b""
        while True:
            while b"\r\n\r\n" not in waiting:
                if not (received := self.request.recv(65536)):
                    return
                waiting += received
            head, _, waiting = waiting.partition(b"\r\n\r\n")
            status, body = self.server.respond(head.split(b" ", 2)[1].decode())
            length = sum(len(part) for part in body)
            self.request.sendall(
                b"HTTP/1.1 %d Response\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                % (status, length)
            )
            for part in body:
                self.request.sendall(part)


def main() -> None:
    with PageServer(Pages(Path(sys.argv[1]))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{cast(tuple[Any, ...], server.server_address)[1]}", flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
