"""One worker process, as its supervisor holds it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from typing import Final, Literal, Self, cast

from modelport_scoring.supervisor.spec import Spec
from modelport_scoring.wire import CONTROL_DESCRIPTOR, DRAIN_TIMEOUT, LISTEN_DESCRIPTOR, SupervisorSays, WorkerSays

CHUNK: Final = 64 * 1024
State = Literal["starting", "ready", "serving", "draining"]
_SAID: Final = frozenset({"ready", "serving", "draining", "failed"})


@dataclass(eq=False)
class Worker:
    """A running process with its two lines: control (both ways) and output (to us)."""

    slot: int
    process: subprocess.Popen[bytes]
    control: socket.socket
    output: int
    state: State = "starting"
    reason: str | None = None
    """What it said before it failed."""
    exit_code: int | None = None
    _unread: bytes = field(default=b"", repr=False)

    @classmethod
    def start(cls, spec: Spec, slot: int, listener: socket.socket) -> Self:
        """
        Start a worker that may accept from *listener* once it is told to serve.

        Raises `OSError` when the command cannot be started.
        """
        ours, theirs = socket.socketpair()
        output, its_output = os.pipe()
        try:
            process = _spawn(spec, listener, theirs, its_output)
        except OSError:
            ours.close()
            os.close(output)
            raise
        finally:
            theirs.close()
            os.close(its_output)
        ours.setblocking(False)
        os.set_blocking(output, False)
        return cls(slot, process, ours, output)

    @property
    def pid(self) -> int:
        """Its process id, also that of its session."""
        return self.process.pid

    def say(self, message: SupervisorSays) -> None:
        """Tell it something; a worker that is just dying hears nothing, and its exit is handled as such."""
        with contextlib.suppress(OSError):
            self.control.sendall(json.dumps(message).encode() + b"\n")

    def listen(self) -> bool:
        """Take in what it said; False once its end of the line is closed."""
        while self.control.fileno() >= 0:
            try:
                chunk = self.control.recv(CHUNK)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not chunk:
                return False
            *lines, self._unread = (self._unread + chunk).split(b"\n")
            for line in lines:
                self._hear(line)
        return False

    def _hear(self, line: bytes) -> None:
        try:
            message = cast("WorkerSays", json.loads(line))
            said = message["state"]
        except (ValueError, KeyError, TypeError):
            return  # a script that writes to every descriptor it finds must not take the supervisor down
        if said not in _SAID:
            return
        if said == "failed":
            self.reason = str(message.get("reason", "")) or None
        else:
            self.state = said

    def kill(self) -> None:
        """End it and what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def _spawn(spec: Spec, listener: socket.socket, control: socket.socket, output: int) -> subprocess.Popen[bytes]:
    environment = dict(spec.environment) | {
        LISTEN_DESCRIPTOR: str(listener.fileno()),
        CONTROL_DESCRIPTOR: str(control.fileno()),
        DRAIN_TIMEOUT: str(spec.drain_timeout_s),
    }
    return subprocess.Popen(
        spec.command,
        cwd=spec.directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=(listener.fileno(), control.fileno()),
        start_new_session=True,  # Ctrl-C at a terminal is for the supervisor: it drains
    )
