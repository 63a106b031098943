"""A client that reads pages as fast as it can and looks at none: what the page server can give at most.

    python -m integration_tests.tools.benchmark.server_throughput URL STREAM ROWS CONNECTIONS

Prints JSON: `requests`, `rows` and `megabytes` a second.
"""

import json
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from integration_tests.tools.benchmark.candidates.task import PAGE_SIZE

SECONDS = 2.0


def _read_for(url: str, stream: str, rows: int, seconds: float) -> tuple[int, int]:
    """Reads pages over one connection; returns how many, and how many bytes."""
    parts, pages, total, buffer = urlsplit(url), 0, 0, bytearray(1 << 20)
    archived = "ignoreArchived=true&" if stream == "tickets" else ""
    with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as connection:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            skip = pages * PAGE_SIZE % rows
            connection.sendall(
                f"GET /0/{stream}?{archived}sort=updatedAt&limit={PAGE_SIZE}&skip={skip} HTTP/1.1\r\n\r\n".encode()
            )
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            headers, _, body = head.partition(b"\r\n\r\n")
            left = int(headers.rpartition(b" ")[2]) - len(body)
            while left:
                left -= connection.recv_into(buffer, min(left, len(buffer)))
            pages, total = pages + 1, total + int(headers.rpartition(b" ")[2])
    return pages, total


def main() -> None:
    url, stream, rows, connections = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with ThreadPoolExecutor(connections) as pool:
        done = list(pool.map(lambda _: _read_for(url, stream, rows, SECONDS), range(connections)))
    pages = sum(each for each, _ in done) / SECONDS
    print(
        json.dumps(
            {
                "connections": connections,
                "requests": pages,
                "rows": pages * min(PAGE_SIZE, rows),
                "megabytes": sum(each for _, each in done) / SECONDS / 1e6,
            }
        )
    )


if __name__ == "__main__":
    main()
