"""Ways to fail that a test can order for one request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Fault:
    """What happens to one request instead of an answer, or to its answer. Made by the methods below.

    `GleapEmulator(fault=...)` takes a callable from `Request` to `Fault | None`, or a mapping of request numbers.
    """

    kind: Literal["status", "reset", "truncated", "hang", "drip", "broken_json"]
    code: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds_per_byte: float = 0.0

    @classmethod
    def status(cls, code: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> "Fault":
        """Answers with this status; API.md 1.2: 429 and 503 are documented and observed, bodies are unknown."""
        return cls("status", code, body, dict(headers or {}))

    @classmethod
    def reset(cls) -> "Fault":
        """Resets the connection (TCP RST) without an answer."""
        return cls("reset")

    @classmethod
    def truncated(cls) -> "Fault":
        """Announces the whole body, sends half of it and closes the connection."""
        return cls("truncated")

    @classmethod
    def hang(cls) -> "Fault":
        """Never answers: until the client closes the connection or the server stops."""
        return cls("hang")

    @classmethod
    def drip(cls, seconds_per_byte: float) -> "Fault":
        """Sends the right body, byte by byte."""
        return cls("drip", seconds_per_byte=seconds_per_byte)

    @classmethod
    def broken_json(cls) -> "Fault":
        """Answers 200 with the first half of the body, as if that were all of it."""
        return cls("broken_json")
