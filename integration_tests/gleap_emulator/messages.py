"""What the emulator remembers of a request."""

from dataclasses import dataclass, field


@dataclass
class Request:
    """One request to `/v3`, without its secret; `status` and `rows` are filled in when it is answered.

    :param number: 1 for the first request after the server started
    :param stream: the stream that the path belongs to, None for an unknown path
    :param path: without `/v3`, such as `/tickets`
    :param line: the request line as it was sent, without its line break: method, path and query, still encoded
    :param query: as sent, still encoded
    :param params: the first value of each parameter, decoded leniently
    :param headers: with lower-case names, `authorization` left out
    :param status: of the answer; 0 while there is none, and where the connection was broken instead
    :param rows: on the page that was answered
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
