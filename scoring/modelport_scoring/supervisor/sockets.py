"""The listening sockets of a service: open for its whole life, so that no change of version closes the door."""

import errno
import socket
import sys
import time
from collections.abc import Callable

_BACKLOG = 4096
_RETRY_S = 0.1
_PATIENCE_S = 10.0
"""How long workers of a supervisor that was killed may take to leave the port."""


class PortTakenError(Exception):
    """Another program listens on the port."""

    def __init__(self, address: str, port: int) -> None:
        super().__init__(f"port {port} on {address} is taken by another program")


class ListeningSockets:
    """
    One SO_REUSEPORT socket for each worker: over these the kernel spreads connections, over one shared socket not.

    A socket is never closed while the service lives: connections that wait in it would be lost. When workers become
    fewer, each takes several sockets.
    """

    def __init__(self, address: str, port: int, sleep: Callable[[float], None] = time.sleep) -> None:
        self.address = address
        self.port = port
        self._sockets: list[socket.socket] = []
        self._sleep = sleep

    def share_out(self, workers: int) -> list[list[socket.socket]]:
        """Give each of *workers* its sockets; raises `PortTakenError`."""
        wanted = workers if _spreads() else 1
        while len(self._sockets) < wanted:
            self._sockets.append(self._listen())
        if not _spreads():
            return [list(self._sockets) for _ in range(workers)]
        return [self._sockets[slot::workers] for slot in range(workers)]

    def close(self) -> None:
        """Close the door."""
        for each in self._sockets:
            each.close()
        self._sockets.clear()

    def _listen(self) -> socket.socket:
        if not self._sockets:
            self._wait_until_free()
        listener = self._bound(share=_spreads())
        listener.listen(_BACKLOG)
        listener.setblocking(False)
        return listener

    def _wait_until_free(self) -> None:
        # Bound alone first: with SO_REUSEPORT another program of the same user would share the port and the callers.
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self._bound(share=False).close()
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() >= deadline:
                    raise PortTakenError(self.address, self.port) from error
                self._sleep(_RETRY_S)
            else:
                return

    def _bound(self, *, share: bool) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if share:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listener.bind((self.address, self.port))
        except OSError:
            listener.close()
            raise
        return listener


def _spreads() -> bool:
    """Tell whether SO_REUSEPORT spreads connections here; elsewhere it hands them all to one socket."""
    return sys.platform == "linux"
