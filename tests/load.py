"""A steady load of scoring requests, counted one by one: half on kept connections, half on new ones."""

import asyncio
import contextlib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Self

_TIMEOUT_S = 60.0
_KEPT_CONNECTIONS = 8


@dataclass
class LoadResult:
    """What became of the requests. *lost* names every one that got no answer 200."""

    sent: int = 0
    answered: int = 0
    seconds: float = 0.0
    lost: list[str] = field(default_factory=list)
    bodies: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Requests sent per second."""
        return self.sent / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Target:
    """Where to send, and what."""

    host: str
    port: int
    body: bytes
    key: str | None = None

    def request(self, *, close: bool) -> bytes:
        """Write one request."""
        headers = [
            "POST /score HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            "Content-Type: application/json",
            f"Content-Length: {len(self.body)}",
        ]
        if self.key:
            headers.append(f"Authorization: Bearer {self.key}")
        if close:
            headers.append("Connection: close")
        return "\r\n".join([*headers, "", ""]).encode() + self.body


class _Connection:
    """One connection; opened when it is needed."""

    def __init__(self, target: Target, *, close: bool) -> None:
        self._target = target
        self._request = target.request(close=close)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self) -> tuple[int, str]:
        """Send one request; return status and body."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._target.host, self._target.port)
        reader, writer = self._streams
        writer.write(self._request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        body = (await reader.readexactly(length)).decode()
        if "connection: close" in head:
            await self.close()
        return int(head.split(" ", 2)[1]), body

    async def close(self) -> None:
        """Close it, if it is open."""
        streams, self._streams = self._streams, None
        if streams:
            streams[1].close()
            with contextlib.suppress(OSError):
                await streams[1].wait_closed()


async def run_load(target: Target, *, rate_per_s: float, stop: threading.Event) -> LoadResult:
    """Send *rate_per_s* requests a second, whether or not answers come, until *stop*; then wait for answers."""
    result = LoadResult()
    kept: asyncio.Queue[_Connection] = asyncio.Queue()
    for _ in range(_KEPT_CONNECTIONS):
        kept.put_nowait(_Connection(target, close=False))
    began = time.monotonic()
    pending: set[asyncio.Task[None]] = set()
    while not stop.is_set():
        due = int((time.monotonic() - began) * rate_per_s)
        while result.sent < due:
            result.sent += 1
            one = _on_kept(kept, result) if result.sent % 2 else _on_new(target, result)
            task = asyncio.create_task(one)
            pending.add(task)
            task.add_done_callback(pending.discard)
        await asyncio.sleep(0.002)
    result.seconds = time.monotonic() - began
    await asyncio.gather(*pending)
    while not kept.empty():
        await kept.get_nowait().close()
    return result


async def _on_kept(kept: "asyncio.Queue[_Connection]", result: LoadResult) -> None:
    connection = await kept.get()
    await _count(connection, result, "kept")
    kept.put_nowait(connection)


async def _on_new(target: Target, result: LoadResult) -> None:
    connection = _Connection(target, close=True)
    await _count(connection, result, "new")
    await connection.close()


async def _count(connection: _Connection, result: LoadResult, kind: str) -> None:
    try:
        status, body = await asyncio.wait_for(connection.ask(), _TIMEOUT_S)
    except (OSError, EOFError, TimeoutError) as error:
        result.lost.append(f"{kind} connection: {error!r}")
        await connection.close()
        return
    if status == 200:
        result.answered += 1
        result.bodies[body] += 1
    else:
        result.lost.append(f"{kind} connection: {status} {body}")


class BackgroundLoad:
    """The load in a thread of its own, for the time of a ``with`` block; then see `result`."""

    def __init__(self, target: Target, *, rate_per_s: float = 220.0) -> None:
        self.result = LoadResult()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(target, rate_per_s))

    def _run(self, target: Target, rate_per_s: float) -> None:
        self.result = asyncio.run(run_load(target, rate_per_s=rate_per_s, stop=self._stop))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
