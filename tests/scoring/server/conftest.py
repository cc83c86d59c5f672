"""Real server processes, driven by hand: by sockets, signals and the supervisor's line."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

import pytest
from modelport_scoring import wire

PATIENCE_S = 20.0
SCRIPT = """
import time

def init():
    pass

def run(data):
    if data.startswith("sleep "):
        time.sleep(float(data.split()[1]))
    return data
"""


@dataclass
class Serving:
    """One server process; *line* is our end of its control channel."""

    process: "subprocess.Popen[bytes]"
    listener: socket.socket
    line: socket.socket | None
    _heard: bytes = field(default=b"", init=False)
    _callers: list[socket.socket | HTTPConnection] = field(default_factory=list, init=False)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.listener.getsockname()[1])

    def say(self, **message: object) -> None:
        """Send a command."""
        assert self.line is not None
        self.line.sendall(json.dumps(message).encode() + b"\n")

    def hear(self) -> dict[str, Any]:
        """Wait for the next thing that it says; empty when it hung up."""
        assert self.line is not None
        while b"\n" not in self._heard:
            received = self.line.recv(4096)
            if not received:
                return {}
            self._heard += received
        text, _, self._heard = self._heard.partition(b"\n")
        said: dict[str, Any] = json.loads(text)
        return said

    def enter_service(self) -> Self:
        """Give leave to serve, and wait until it does."""
        assert self.hear() == {"state": "ready"}
        self.say(command="serve")
        assert self.hear() == {"state": "serving"}
        return self

    def connect(self) -> HTTPConnection:
        """Open a connection that stays open between requests, as far as the server lets it."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        connection.connect()
        connection.auto_open = 0  # a request on a closed connection must fail, not open another
        self._callers.append(connection)
        return connection

    def connect_plainly(self) -> socket.socket:
        """Open a connection to write bytes to."""
        caller = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        self._callers.append(caller)
        return caller

    def exit_code(self, within_s: float = PATIENCE_S) -> int:
        """Wait for the end."""
        return self.process.wait(within_s)

    def end(self) -> None:
        """Kill it, if need be, and close everything."""
        self.process.kill()
        self.process.wait()
        for each in (self.listener, self.line, *self._callers):
            if each is not None:
                each.close()


Start = Callable[..., Serving]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """
    Start servers of a script, supervised by the test or (bare=True) on their own; they are ended with the test.
    """
    started: list[Serving] = []

    def run(script: str = SCRIPT, *, bare: bool = False, environment: Mapping[str, str] | None = None) -> Serving:
        (tmp_path / "score.py").write_text(script)
        listener = socket.create_server(("127.0.0.1", 0))
        line, theirs = socket.socketpair()
        descriptors = [listener.fileno()] if bare else [listener.fileno(), theirs.fileno()]
        given = {"PATH": os.environ["PATH"], wire.APP_ROOT: str(tmp_path), wire.ENTRY_SCRIPT: "score.py"}
        given[wire.LISTEN_DESCRIPTOR] = str(listener.fileno())
        if not bare:
            given[wire.CONTROL_DESCRIPTOR] = str(theirs.fileno())
            line.settimeout(PATIENCE_S)
        with (tmp_path / "log").open("w") as log:  # a pipe that nobody reads would stop the server
            process = subprocess.Popen(
                [sys.executable, "-P", "-u", "-m", "modelport_scoring"],
                env={**given, **(environment or {})},
                pass_fds=descriptors,
                stdout=log,
                stderr=log,
            )
        theirs.close()
        if bare:
            line.close()
        serving = Serving(process, listener, None if bare else line)
        started.append(serving)
        return serving

    yield run
    for each in started:
        each.end()
