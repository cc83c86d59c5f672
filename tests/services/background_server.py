"""An HTTP server of a test double, in a thread of its own, between entering and leaving a ``with``."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

_LOOKS_EVERY_S = 0.05
"""How soon it sees that it shall end."""


class BackgroundServer:
    """Serves on a free port of 127.0.0.1 once `listen` was called and the ``with`` is entered."""

    def listen(self, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
        """Take the port; *handler* answers."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": _LOOKS_EVERY_S})
        return self._server

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return self._server.server_port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
