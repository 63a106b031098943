"""What passes between a client and the emulator: requests, responses, and faults in their place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass
class Request:
    """One request to `/v3`, without its secret; `status` and `rows` are filled in when the response is made.

    :param number: 1 for the first request after the server started
    :param stream: the stream that the path belongs to, None for an unknown path
    :param path: without `/v3`, such as `/tickets`
    :param line: the request line as it was sent, without its line break: method, path and query, still encoded
    :param query: as sent, still encoded
    :param params: the first value of each parameter, decoded leniently
    :param headers: with lower-case names, `authorization` left out
    :param status: of the response; 0 while there is none, and where the connection was broken instead
    :param rows: on the page that was sent
    """

    number: int
    method: str
    path: str
    line: bytes = b""
    query: str = ""
    stream: str | None = None
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    rows: int = 0


@dataclass(frozen=True)
class Response:
    """A response. `rows`: how many are on the page."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"
    rows: int = 0


@dataclass(frozen=True)
class Fault:
    """What happens to one request instead of a response, or to its response. Made by the methods below.

    `GleapEmulator(fault=...)` takes a callable from `Request` to `Fault | None`, or a mapping of request numbers.
    """

    kind: Literal["status", "reset", "truncated", "hang", "drip", "broken_json"]
    code: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds_per_byte: float = 0.0

    @classmethod
    def status(cls, code: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> "Fault":
        """Responds with this status; docs/API.md 1.2: 429 and 503 are documented and observed, bodies are unknown."""
        return cls("status", code, body, dict(headers or {}))

    @classmethod
    def reset(cls) -> "Fault":
        """Resets the connection (TCP RST) without a response."""
        return cls("reset")

    @classmethod
    def truncated(cls) -> "Fault":
        """Announces the whole body, sends half of it and closes the connection."""
        return cls("truncated")

    @classmethod
    def hang(cls) -> "Fault":
        """Never responds: until the client closes the connection or the server stops."""
        return cls("hang")

    @classmethod
    def drip(cls, seconds_per_byte: float) -> "Fault":
        """Sends the right body, byte by byte."""
        return cls("drip", seconds_per_byte=seconds_per_byte)

    @classmethod
    def broken_json(cls) -> "Fault":
        """Responds with 200 and the first half of the body, as if that were all of it."""
        return cls("broken_json")
