"""A reverse proxy that breaks connections: stands between a client and a real registry."""

import http.client
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

_PIECE = 1 << 16


@dataclass
class CuttingProxy:
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
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def host(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self._server.server_port}"

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

    def _leak(self, request: BaseHTTPRequestHandler, part: bytes) -> None:
        connection = http.client.HTTPConnection(self.target)
        connection.putrequest(request.command, request.path)
        connection.putheader("Content-Length", request.headers["Content-Length"])
        connection.endheaders(part)
        connection.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(1 << 16)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                proxy.requests.append(f"{self.command} {self.path}")
                body = proxy.body(self)
                if body is None:
                    self.close_connection = True
                    return
                connection = http.client.HTTPConnection(proxy.target, timeout=60)
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    connection.putheader(name, value)
                connection.endheaders(body)
                self._relay(connection.getresponse())
                connection.close()

            def _relay(self, answer: http.client.HTTPResponse) -> None:
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in {"connection", "server", "date"}:
                        self.send_header(name, value)
                self.end_headers()
                while piece := answer.read(_PIECE):
                    self.wfile.write(piece)
                    proxy.received += len(piece)
                    if proxy.down and proxy.received >= proxy.down[0]:
                        proxy.down.pop(0)
                        self.close_connection = True
                        return

            def log_message(self, *_arguments: object) -> None:
                """Say nothing: `requests` has it."""

        return Handler
