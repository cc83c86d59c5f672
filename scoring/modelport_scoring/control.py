"""A worker's line to its supervisor."""

import contextlib
import json
import os
import select
import socket
import threading
import time
from typing import Final, cast

from modelport_scoring.wire import SupervisorSays, WorkerSays

CHUNK: Final = 4096


class Control:
    """Says how the worker is, hears what it shall do; *descriptor* is an inherited stream socket."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)  # processes of a script must not hold the line open
        self._socket = socket.socket(fileno=descriptor)
        self._unread = b""

    def fileno(self) -> int:
        """Give the descriptor, to wait for."""
        return self._socket.fileno()

    def say(self, message: WorkerSays) -> None:
        """Tell the supervisor; when it is gone, nobody needs to know."""
        with contextlib.suppress(OSError):
            self._socket.sendall(json.dumps(message).encode() + b"\n")

    def hear(self) -> SupervisorSays | None:
        """Wait for one command; None means that the supervisor is gone."""
        while b"\n" not in self._unread:
            try:
                chunk = self._socket.recv(CHUNK)
            except OSError:
                return None
            if not chunk:
                return None
            self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        return cast("SupervisorSays", json.loads(line))

    def end_with_supervisor(self, limit_s: float) -> None:
        """
        End this process *limit_s* seconds after its supervisor is gone, whatever it does.

        A worker that hangs in a script would hold the port for ever, with nobody left to kill it.
        """

        def watch() -> None:
            poll = select.poll()
            poll.register(self._socket, 0)  # only the hang-up, which is always told
            poll.poll()
            time.sleep(limit_s)
            os._exit(1)

        threading.Thread(target=watch, name="supervisor-watch", daemon=True).start()
