"""A reverse proxy that breaks connections: stands between a client and a real registry."""

import http.client
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.services.background_server import BackgroundServer

_PIECE = 1 << 16


@dataclass
class CuttingProxy(BackgroundServer):
    """
    Hands requests on to *target* (``host:port``).

    Breaks the client's connection each time the bodies it sent, or those it was sent, exceed the next of *up* or
    *down* (bytes in all). The request that is cut is held back, as by proxies that buffer requests (nginx does, unless
    told otherwise); with *leaks* its first part reaches the registry.
    """

    target: str
    up: list[int] = field(default_factory=list)
    down: list[int] = field(default_factory=list)
    leaks: bool = False
    sent: int = 0
    """Bytes of bodies that the client has sent."""
    received: int = 0
    """Bytes of bodies that the client was sent."""
    requests: list[str] = field(default_factory=list)
    """Method and path of each."""

    def __post_init__(self) -> None:
        self.listen(type("Handler", (_Handler,), {"proxy": self}))

    @property
    def host(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    def body(self, request: BaseHTTPRequestHandler) -> bytes | None:
        """Read a request's body; ``None`` when this is where the connection breaks."""
        left, pieces = int(request.headers.get("Content-Length", "0")), []
        while left:
            piece = request.rfile.read(min(left, _PIECE))
            pieces.append(piece)
            left -= len(piece)
            self.sent += len(piece)
            if self.up and self.sent >= self.up[0]:
                self.up.pop(0)
                if self.leaks:
                    self._leak(request, b"".join(pieces))
                return None
        return b"".join(pieces)

    def forwarded(self, request: BaseHTTPRequestHandler, body: bytes) -> http.client.HTTPResponse:
        """Hand a request on."""
        connection = http.client.HTTPConnection(self.target, timeout=60)
        connection.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            connection.putheader(name, value if name.lower() != "connection" else "close")
        connection.endheaders(body)
        return connection.getresponse()

    def cuts_answer(self, size: int) -> bool:
        """Count *size* more bytes of an answer; say whether the connection breaks here."""
        self.received += size
        if not self.down or self.received < self.down[0]:
            return False
        self.down.pop(0)
        return True

    def _leak(self, request: BaseHTTPRequestHandler, part: bytes) -> None:
        connection = http.client.HTTPConnection(self.target)
        connection.putrequest(request.command, request.path)
        connection.putheader("Content-Length", request.headers["Content-Length"])
        connection.endheaders(part)
        connection.close()


class _Handler(BaseHTTPRequestHandler):
    proxy: CuttingProxy
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(1 << 16)
        self.close_connection = True
        if self.raw_requestline and self.parse_request():
            self.proxy.requests.append(f"{self.command} {self.path}")
            body = self.proxy.body(self)
            if body is None:
                self.close_connection = True
            else:
                self._relay(self.proxy.forwarded(self, body))

    def _relay(self, answer: http.client.HTTPResponse) -> None:
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "server", "date"}:
                self.send_header(name, value)
        self.end_headers()
        while piece := answer.read(_PIECE):
            self.wfile.write(piece)
            if self.proxy.cuts_answer(len(piece)):
                self.close_connection = True
                return

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: `requests` has it."""
