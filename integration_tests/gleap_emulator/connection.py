"""Connections: HTTP/1.1 with keep-alive, as Gleap's load balancer speaks it, and the ways in which they break."""

import os
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus

from werkzeug.serving import WSGIRequestHandler

from integration_tests.gleap_emulator.messages import Fault, Response

# request line, headers with lower-case names -> the response, what goes wrong with it, and what to do after it
Responder = Callable[[bytes, Mapping[str, str]], "tuple[Response, Fault | None, Callable[[], None] | None]"]


class Connection(WSGIRequestHandler):
    """Responds to the requests of one connection by `respond`, of which a subclass is made for each server.

    Werkzeug closes every connection after one response; a connector that keeps its connections open must meet a server
    that does, so the response is written here.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else keep-alive adds 40 ms to a response

    respond: Responder
    open_sockets: "set[socket.socket]"
    stopping: threading.Event

    def setup(self) -> None:
        super().setup()
        self.open_sockets.add(self.connection)

    def finish(self) -> None:
        self.open_sockets.discard(self.connection)
        super().finish()

    def run_wsgi(self) -> None:
        """Every method comes here."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply, fault, afterwards = type(self).respond(self.raw_requestline.rstrip(b"\r\n"), headers)
        if self.stopping.is_set():
            self.close_connection = True
        elif fault is None or fault.kind in ("status", "broken_json"):
            self._send(reply)
        else:
            self._break(reply, fault)
        if afterwards:
            afterwards()

    def _send(self, reply: Response, announced: int | None = None) -> None:
        head = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}", f"Content-Type: {reply.content_type}"]
        head += [f"{name}: {value}" for name, value in reply.headers.items()]
        head.append(f"Content-Length: {len(reply.body) if announced is None else announced}")
        body = b"" if self.command == "HEAD" else reply.body
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1", "replace") + body)

    def _break(self, reply: Response, fault: Fault) -> None:
        self.close_connection = True
        if fault.kind == "reset":
            # Closed below Python's socket, which would say goodbye first.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.open_sockets.discard(self.connection)
            os.close(self.connection.detach())
        elif fault.kind == "hang":
            while self.connection.recv(4096):
                pass
        elif fault.kind == "truncated":
            self._send(Response(body=reply.body[: len(reply.body) // 2]), announced=len(reply.body))
        else:
            self._send(Response(), announced=len(reply.body))
            for byte in reply.body:
                if self.stopping.wait(fault.seconds_per_byte):
                    break
                self.wfile.write(bytes([byte]))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
