"""The server: who may ask, for what, and what becomes of it."""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.exceptions import NotFound
from werkzeug.serving import BaseWSGIServer, make_server

from integration_tests.gleap_emulator.behavior import Behavior
from integration_tests.gleap_emulator.connection import Connection
from integration_tests.gleap_emulator.endpoints import ENDPOINTS, find_endpoint
from integration_tests.gleap_emulator.list_endpoint import error_response, respond
from integration_tests.gleap_emulator.messages import Fault, Request, Response
from integration_tests.gleap_emulator.project import Project
from integration_tests.gleap_emulator.serialization import serialise

# Gleap's keys are JWTs (docs/API.md 1.1). This one opens nothing.
API_KEY = "eyJhbGciOiJIUzI1NiJ9.eyJlbXVsYXRvciI6dHJ1ZX0.bm90LWEtc2lnbmF0dXJl"

FaultOrder = Callable[[Request], Fault | None] | Mapping[int, Fault] | None


class GleapEmulator:
    """A Gleap on a port of this machine: `with GleapEmulator(project) as gleap: ...`, or `start` and `stop`.

    `behavior`, `before_request` and `fault` may be replaced while it runs. `requests` lists what was asked of `/v3`.

    :param behavior: one for all, or some by stream; the others have none
    :param port: 0: any that is free
    :param project_id: of any form; the project and its records get it (default: they keep theirs)
    :param before_request: called once for every request to `/v3`, one at a time, before its response: here a test
        changes records between two requests
    :param fault: what goes wrong with which request: a callable, or a mapping of the requests' numbers, from 1
    :param monotonic: the clock, in seconds, by which requests are counted against their limit
    """

    def __init__(
        self,
        project: Project,
        behavior: Behavior | Mapping[str, Behavior] = Behavior(),  # noqa: B008 # it is frozen
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str = API_KEY,
        project_id: str | None = None,
        before_request: Callable[[Project, Request], object] | None = None,
        fault: FaultOrder = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.project, self.behavior, self.before_request, self.fault = project, behavior, before_request, fault
        self.host, self.port, self.api_key = host, port, api_key
        if project_id is not None:
            project.set_id(project_id)
        self.monotonic = monotonic
        self.requests: list[Request] = []
        self.stopped = threading.Event()
        self._stopping = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._recent: deque[float] = deque()
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> "GleapEmulator":
        """Serves from now on, in threads that end with the process."""
        members = {"respond": staticmethod(self._respond), "open_sockets": self._sockets, "stopping": self._stopping}
        handler = type("EmulatorConnection", (Connection,), members)
        # The connections respond by themselves; werkzeug wants an application, and NotFound() is one.
        server = make_server(self.host, self.port, NotFound(), threaded=True, request_handler=handler)
        self._server, self.port = server, server.port
        self._thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops serving and closes every connection; may be called twice."""
        server, self._server = self._server, None
        if server is None or self._thread is None:
            return
        self._stopping.set()
        server.shutdown()
        self._thread.join()
        for connection in list(self._sockets):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # closed by the other side
        server.server_close()
        self.stopped.set()

    def __enter__(self) -> "GleapEmulator":
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def project_id(self) -> str:
        return self.project.project_id

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/v3"

    def config(self, **overrides: Any) -> dict[str, Any]:
        """A valid configuration of the connector, which starts at the day of the earliest change in any paged list."""
        collections, paged = self.project.expected_records.items(), {each.stream for each in ENDPOINTS if each.is_paged}
        changes = [record["updatedAt"] for name, records in collections if name in paged for record in records.values()]
        earliest = min(changes, default=f"{self.project.clock():%Y-%m-%d}")
        return {
            "api_key": self.api_key,
            "project_id": self.project_id,
            "start_date": f"{earliest[:10]}T00:00:00Z",
            "api_url": self.url,
            **overrides,
        }

    def _respond(
        self, line: bytes, headers: Mapping[str, str]
    ) -> tuple[Response, Fault | None, Callable[[], None] | None]:
        method, target = line.decode("latin-1").split()[:2]
        parts = urlsplit(target)
        if parts.path.startswith("/__emulator__/"):
            return self._own(method, parts.path.removeprefix("/__emulator__/"), parts.query)
        path = parts.path.removeprefix("/v3") if parts.path.startswith("/v3/") else parts.path
        found = find_endpoint(path) if path != parts.path else None
        stream = found[0].stream if found else None
        behavior = self.behavior if isinstance(self.behavior, Behavior) else self.behavior.get(stream or "", Behavior())
        with self.project.lock:
            request = self._remember(line, method, path, parts.query, stream, headers)
            if self.before_request:
                self.before_request(self.project, request)
            fault = (
                self.fault.get(request.number)
                if isinstance(self.fault, Mapping)
                else self.fault and self.fault(request)
            )
            if fault and fault.kind == "status":
                reply = Response(fault.code, fault.body, fault.headers)
            else:
                refused = self._too_many(behavior) or self._refused(method, headers)
                reply = refused or (respond(self.project, *found, parts.query, behavior) if found else _not_found())
            if fault and fault.kind == "broken_json":
                reply = Response(200, reply.body[: len(reply.body) // 2])
            broken = fault is not None and fault.kind not in ("status", "broken_json", "drip")
            request.status, request.rows = (0, 0) if broken else (reply.status, reply.rows)
        if behavior.latency_seconds:
            self._stopping.wait(behavior.latency_seconds)
        return reply, fault, None

    def _remember(
        self, line: bytes, method: str, path: str, query: str, stream: str | None, headers: Mapping[str, str]
    ) -> Request:
        request = Request(
            number=len(self.requests) + 1,
            method=method,
            path=path,
            line=line,
            query=query,
            stream=stream,
            params={name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()},
            headers={name: value for name, value in headers.items() if name != "authorization"},
        )
        self.requests.append(request)
        return request

    def _refused(self, method: str, headers: Mapping[str, str]) -> Response | None:
        """401 and 403 are what clients take for a wrong key and a wrong project (1.2). Nothing can be written."""
        if headers.get("authorization") != f"Bearer {self.api_key}":
            return error_response(401, "Unauthorized")
        if headers.get("project") != self.project_id:
            return error_response(403, "Missing or wrong Project header")
        return None if method == "GET" else _not_found()

    def _too_many(self, behavior: Behavior) -> Response | None:
        if behavior.requests_per_second is None:
            return None
        now = self.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) < behavior.requests_per_second:
            self._recent.append(now)
            return None
        headers = {} if behavior.retry_after is None else {"Retry-After": str(behavior.retry_after)}
        return Response(429, b'{"message":"Too Many Requests"}', headers)

    def _own(self, method: str, path: str, query: str) -> tuple[Response, None, Callable[[], None] | None]:
        """For a test in another process: what the emulator holds, to change it, to stop it."""
        stream = path.removeprefix("expected_records/")
        with self.project.lock:
            if method == "GET" and path != stream and stream in self.project.expected_records:
                return Response(body=serialise(self.project.expected_records[stream])), None, None
            if method == "POST" and path == "change":
                options = {name: int(values[0]) for name, values in parse_qs(query).items()}
                done = self.project.change(options.get("count", 10), options.get("seed"))
                return Response(body=serialise(done)), None, None
        if method == "POST" and path == "stop":
            # In a thread of its own: this one serves the connection that `stop` closes.
            return Response(body=b"{}"), None, threading.Thread(target=self.stop, daemon=True).start
        return _not_found(), None, None


def _not_found() -> Response:
    """404 for unknown paths (1.2), as text: a body may be JSON or text."""
    return Response(404, b"Not found", content_type="text/plain")
