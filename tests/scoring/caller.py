"""Asks a server without a socket: bytes go into a real connection, and what it writes is read."""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import uvicorn
from modelport_scoring.alarm import Alarm
from modelport_scoring.app import App
from modelport_scoring.arguments import mode_of
from modelport_scoring.auth import Keys
from modelport_scoring.cors import Cors
from modelport_scoring.described import Described
from modelport_scoring.envelope import Envelope
from modelport_scoring.http.connection import Connection
from modelport_scoring.http.endpoint import Endpoint, LeavingState
from modelport_scoring.limits import Limits
from modelport_scoring.main_thread import MainThread
from modelport_scoring.model.settings import ModelSettings
from modelport_scoring.no_code import serve_models
from modelport_scoring.scoring import Scoring
from modelport_scoring.script import Run, Script


@dataclass(frozen=True)
class Response:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> str:
        """The text of an error."""
        text: str = json.loads(self.body)["message"]
        return text


@dataclass
class Transport:
    """Keeps what is written to it."""

    written: bytearray = field(default_factory=bytearray)
    is_closed: bool = False
    is_ended: bool = False
    is_reading: bool = True

    def write(self, data: bytes) -> None:
        """Keep *data*."""
        assert not self.is_closed
        self.written += data

    def writelines(self, lines: Iterable[bytes]) -> None:
        """Keep *lines*."""
        self.write(b"".join(lines))

    def can_write_eof(self) -> bool:
        """Say what a TCP connection says."""
        return True

    def write_eof(self) -> None:
        """Nothing is written any more."""
        self.is_ended = True

    def close(self) -> None:
        """Close."""
        self.is_closed = True

    abort = close

    def is_closing(self) -> bool:
        """Say whether it was closed."""
        return self.is_closed

    def pause_reading(self) -> None:
        """Read no more."""
        self.is_reading = False

    def resume_reading(self) -> None:
        """Read again."""
        self.is_reading = True


@dataclass
class Served:
    """A server that needs no loop of its own."""

    app: Any
    endpoint: Endpoint
    state: LeavingState = field(default_factory=LeavingState)

    def connect(self) -> tuple[Connection, Transport]:
        """Open a connection; inside a running loop."""
        config = uvicorn.Config(
            self.app, ws="none", lifespan="off", interface="asgi3", proxy_headers=False, log_config=None
        )
        config.load()
        connection = Connection(config, self.state, {}, asyncio.get_running_loop(), endpoint=self.endpoint)
        transport = Transport()
        connection.connection_made(transport)  # type: ignore[arg-type]  # it has what is needed
        return connection, transport


def app_of(run: Run, keys: Keys | None = None, limits: Limits | None = None, cors: Cors | None = None) -> Served:
    """Make a server of a script's run(), which is called as it is after many short calls: at once."""
    script = Script(run, mode_of(run))
    bounds = limits or Limits()
    envelope = Envelope(cors=cors)
    described = Described(script.schema, None, name="tested", version="2.0", prefix="")
    app = App(script.methods, described, envelope)
    main_thread = MainThread(bounds)
    main_thread._is_shared = True
    scoring = Scoring(script, keys, envelope, bounds, Alarm(bounds.scoring_timeout_ms))
    return Served(app, Endpoint(scoring, main_thread, envelope, bounds))


class Patient(MainThread):
    """Makes long calls where it is, such as those that load a model: there is no loop to move away."""

    def _part(self) -> None:
        pass


def served_models(folder: Path, settings: ModelSettings | None = None, keys: Keys | None = None) -> Served:
    """Make a server of the models in *folder*, without a script."""
    scorer, find_route = serve_models(folder, settings or ModelSettings(), name="tested", version="2.0")
    limits, envelope = Limits(), Envelope()
    described = Described(scorer.schema, None, name="tested", version="2.0", prefix="")
    app = App(scorer.methods, described, envelope, keys, find_route)
    main_thread = Patient(limits)
    main_thread._is_shared = True
    scoring = Scoring(scorer, keys, envelope, limits, Alarm(limits.scoring_timeout_ms))
    return Served(app, Endpoint(scoring, main_thread, envelope, limits, find_route=find_route))


def request_bytes(
    path: str = "/score", *, method: str = "POST", body: bytes = b"{}", headers: Iterable[tuple[str, str]] = ()
) -> bytes:
    """Give a request as it is sent."""
    lines = [f"{method} {quote(path, safe='/?&=[],:%*.')} HTTP/1.1", "Host: tested", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def responses(written: bytes) -> list[Response]:
    """Take apart what was written."""
    found = []
    while written:
        head, _, written = written.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        length = int(headers.get("content-length", 0))
        found.append(Response(int(first.split()[1]), headers, written[:length]))
        written = written[length:]
    return found


def converse(served: Served, *pieces: bytes, then: Callable[[Connection], None] | None = None) -> Transport:
    """Send *pieces* one after the other, each when the one before is dealt with."""

    async def talk() -> Transport:
        connection, transport = served.connect()
        for piece in pieces:
            connection.data_received(piece)
            await settled()
        if then is not None:
            then(connection)
            await settled()
        return transport

    return asyncio.run(talk())


async def settled() -> None:
    """Let applications answer as far as they can."""
    for _ in range(10):
        await asyncio.sleep(0)


def ask(
    served: Served,
    path: str = "/score",
    *,
    method: str = "POST",
    body: bytes = b"{}",
    headers: Iterable[tuple[str, str]] = (),
) -> Response:
    """Send one request, in two parts."""
    sent = request_bytes(path, method=method, body=body, headers=headers)
    written = bytes(converse(served, sent[:-1], sent[-1:]).written)
    if method == "HEAD":
        written = written.replace(b"content-length: ", b"content-length: 0\r\nlength: ")
    (response,) = responses(written)
    return response
