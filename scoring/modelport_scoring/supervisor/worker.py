"""A worker process as its supervisor holds it: started, talked to, read from, ended."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence

from modelport_scoring import wire

_READ_BYTES = 65536


class Worker:
    """One process of one generation in one slot. States are those of `wire.WorkerStatus`."""

    def __init__(
        self, spec: wire.SupervisorSpec, slot: int, sockets: Sequence[socket.socket], restarts: int = 0
    ) -> None:
        self.slot = slot
        self.generation = spec["generation"]
        self.restarts = restarts
        self.state: str = "starting"
        self.reason: str | None = None
        self.serving_since: float | None = None
        self.ready_timeout_s = spec["ready_timeout_s"]
        self.deadline: float | None = time.monotonic() + self.ready_timeout_s
        """When to kill it: it must be ready, or after a drain gone, by then."""
        self.control, theirs = socket.socketpair()
        self.output, written = os.pipe()
        self.control_ended = self.output_ended = False
        self._said = self._text = b""
        try:
            self._process = self._start(spec, sockets, theirs.fileno(), written)
        except OSError:
            self.control.close()
            os.close(self.output)
            raise
        finally:
            theirs.close()
            os.close(written)
        self.control.setblocking(False)
        os.set_blocking(self.output, False)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def say(self, command: str) -> None:
        """Send a command; a worker that is gone is found by its exit."""
        try:
            self.control.sendall(json.dumps({"command": command}).encode() + b"\n")
        except OSError:
            return

    def kill(self) -> None:
        """End the process at once."""
        self._signal(signal.SIGKILL)

    def heard(self) -> Iterator[wire.WorkerSays]:
        """Read what the worker said; `control_ended` tells that it will say no more."""
        try:
            received = b"" if self.control.fileno() < 0 else self.control.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        self.control_ended = not received
        *lines, self._said = (self._said + received).split(b"\n")
        for line in lines:
            said: wire.WorkerSays = json.loads(line)
            yield said

    def printed(self) -> Iterator[bytes]:
        """Read whole lines of output, at its end also what is left of one; `output_ended` tells that it is the end."""
        while not self.output_ended:
            try:
                received = os.read(self.output, _READ_BYTES)
            except BlockingIOError:
                return
            self.output_ended = not received
            *lines, self._text = (self._text + received).split(b"\n")
            yield from (line + b"\n" for line in lines)
        if self._text:
            yield self._text + b"\n"
            self._text = b""

    def ended(self, exit_status: int) -> None:
        """Note the exit: *exit_status* is what `os.waitpid` gave."""
        code = os.waitstatus_to_exitcode(exit_status)
        self._process.returncode = code  # we reap every child ourselves, so that the module need not
        if self.reason is None:
            self.reason = f"a worker was ended by signal {-code}" if code < 0 else f"a worker exited with code {code}"
        self.state = "ended"

    def close(self) -> None:
        """Let go of the channels."""
        self.control.close()
        os.close(self.output)

    def status(self) -> wire.WorkerStatus:
        """Describe the worker for the status document."""
        return {
            "slot": self.slot,
            "pid": self.pid,
            "generation": self.generation,
            "state": self.state,  # type: ignore[typeddict-item]  # only the states of WorkerStatus are ever set while it lives
            "restarts": self.restarts,
        }

    def _start(
        self, spec: wire.SupervisorSpec, sockets: Sequence[socket.socket], control: int, output: int
    ) -> "subprocess.Popen[bytes]":
        descriptors = [each.fileno() for each in sockets]
        environment = {
            **spec["environment"],
            wire.LISTEN_DESCRIPTORS: ",".join(map(str, descriptors)),
            wire.CONTROL_DESCRIPTOR: str(control),
            wire.DRAIN_TIMEOUT: str(spec["drain_timeout_s"]),
            wire.IDLE_GRACE: str(spec["idle_grace_s"]),
        }
        return subprocess.Popen(
            spec["command"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=spec["directory"],
            env=environment,
            pass_fds=[*descriptors, control],
        )

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return  # ended, and soon reaped
