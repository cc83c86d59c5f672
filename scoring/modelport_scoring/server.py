"""uvicorn's server on an inherited socket: enters and leaves service on command, loses nothing that it accepted."""

import asyncio
import contextlib
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from types import FrameType
from typing import Final, cast

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from modelport_scoring.app import App
from modelport_scoring.control import Control
from modelport_scoring.http.connection import Connection
from modelport_scoring.http.endpoint import Endpoint, LeavingState

TICK_S: Final = 1.0
LEAVING_TICK_S: Final = 0.02
FIRST_REQUEST_WITHIN_S: Final = 1.0
"""How long a connection that was just accepted may take to bring its first request, grace or not."""


def import_early() -> None:
    """Import all that serving needs, before a script's folder comes first on the path: its files are not ours."""

    async def nobody(_scope: object, _receive: object, _send: object) -> None:
        """Stand in for an application."""

    config = _config(nobody, Connection)
    config.load()
    config.get_loop_factory()


class Server(uvicorn.Server):
    """Serves *endpoint*, and *app* beside it; *control* is the line to the supervisor, where there is one."""

    def __init__(
        self, app: App, endpoint: Endpoint, control: Control | None, *, idle_grace_s: float, drain_timeout_s: float
    ) -> None:
        super().__init__(_config(app, partial(Connection, endpoint=endpoint)))
        self._endpoint = endpoint
        self._control = control
        self.server_state: LeavingState = LeavingState()
        self._idle_grace_s = idle_grace_s
        self._drain_timeout_s = drain_timeout_s
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to leave. Signals are the main thread's, and so are calls of the model."""
        for number in HANDLED_SIGNALS:
            signal.signal(number, self.handle_exit)
        self._endpoint.main_thread.run(self.serve(sockets), self.config.get_loop_factory() or asyncio.new_event_loop)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals as `run` has set them: the event loop may end in another thread."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections and tell so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self._control is not None and self.started:
            self._loop.add_reader(self._control.fileno(), self._obey)
            self._control.say({"state": "serving"})

    async def main_loop(self) -> None:
        """Serve until told to leave; unlike uvicorn's, leave at once."""
        while not await self.on_tick(0):
            try:
                async with asyncio.timeout(TICK_S):
                    await self._wake.wait()
            except TimeoutError:
                self._end_late_connections()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Leave on SIGTERM and SIGINT, a second one at once; the exit code is 0, nothing is raised again."""
        del sig, frame
        self.force_exit = self.should_exit
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._begin_to_leave)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept what is queued, stop accepting, answer what was accepted, close."""
        queued = _queued(sockets or [])  # not by the loop: it accepts one by one, between calls of the model
        for server in self.servers:
            server.close()
        for each in sockets or []:
            each.close()
        for connection in queued:
            await asyncio.get_running_loop().connect_accepted_socket(self._connection, connection)
        if self._control is not None:
            self._control.say({"state": "draining"})
        await self._finish_connections()
        self._endpoint.access.flush()

    def _connection(self) -> Connection:
        loop = asyncio.get_running_loop()
        return Connection(self.config, self.server_state, {}, loop, endpoint=self._endpoint)

    def _end_late_connections(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in self._connections():
            connection.end_if_late(now)

    async def _finish_connections(self) -> None:
        began = time.monotonic()
        idle_until = began + self._idle_grace_s
        fresh_until = max(idle_until, began + FIRST_REQUEST_WITHIN_S)
        end = idle_until + self._drain_timeout_s
        await asyncio.sleep(LEAVING_TICK_S)  # what was just accepted becomes a connection
        while (self.server_state.connections or self._endpoint.main_thread.is_busy) and not self.force_exit:
            now = time.monotonic()
            if now >= end and not self.server_state.connections:
                break  # run() goes on for nobody
            for connection in self._connections():
                if now >= end:
                    connection.abort()
                elif now >= (fresh_until if connection.is_fresh else idle_until):
                    connection.close_if_idle()
            await asyncio.sleep(LEAVING_TICK_S)

    def _obey(self) -> None:
        assert self._control is not None  # noqa: S101  for the type checker: only then is this called
        said = self._control.hear()
        if said is not None and said["command"] == "drain":
            self._idle_grace_s = said.get("idle_grace_s", self._idle_grace_s)
        elif said is None:
            self._idle_grace_s = 0.0  # nobody is left to end us: do not linger
        if said is None or said["command"] == "drain":
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self.should_exit = True
            self._begin_to_leave()

    def _begin_to_leave(self) -> None:
        self.server_state.leaving = True
        self._wake.set()

    def _connections(self) -> list[Connection]:
        return [each for each in self.server_state.connections if isinstance(each, Connection)]


def _queued(listeners: list[socket.socket]) -> list[socket.socket]:
    """Accept all that waits in the queues: whoever closes a listening socket last resets what is in it."""
    accepted = []
    for listener in listeners:
        listener.setblocking(False)
        while True:
            try:
                connection, _peer = listener.accept()
            except BlockingIOError:
                break
            connection.setblocking(False)
            accepted.append(connection)
    return accepted


def _config(app: Callable[..., Awaitable[None]], http: Callable[..., asyncio.Protocol]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", http),  # it is called, whatever it is
        ws="none",
        lifespan="off",
        interface="asgi3",
        loop="auto" if sys.platform != "win32" else "asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
