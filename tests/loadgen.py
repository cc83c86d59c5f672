"""A load of requests on raw sockets that counts every one: half on kept connections, half on new ones."""

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlsplit

KEPT_CONNECTIONS: Final = 10
ANSWER_WITHIN_S: Final = 30.0
FAILURES_KEPT: Final = 20


@dataclass
class LoadResult:
    """What became of the requests; *lost* are those without an answer of status 200."""

    sent: int = 0
    answered: int = 0
    lost: int = 0
    slowest_s: float = 0.0
    took_s: float = 0.0
    failures: list[str] = field(default_factory=list)

    @property
    def rate_per_s(self) -> float:
        """Requests that were sent each second."""
        return self.sent / self.took_s

    def note(self, failure: str | None, latency_s: float) -> None:
        """Count one request."""
        self.slowest_s = max(self.slowest_s, latency_s)
        if failure is None:
            self.answered += 1
            return
        self.lost += 1
        if len(self.failures) < FAILURES_KEPT:
            self.failures.append(failure)


@dataclass(frozen=True)
class _Target:
    host: str
    port: int
    head: bytes
    body: bytes

    def request(self, *, keep: bool) -> bytes:
        connection = b"keep-alive" if keep else b"close"
        return self.head + b"Connection: " + connection + b"\r\n\r\n" + self.body


class _Connection:
    """One client's connection; `ask` opens it when it is not open."""

    def __init__(self, target: _Target, result: LoadResult) -> None:
        self._target = target
        self._result = result
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, *, keep: bool) -> None:
        self._result.sent += 1
        began = time.perf_counter()
        failure: str | None = None
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                failure = await self._exchange(keep=keep)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            failure = f"{'kept' if keep else 'new'} connection: {type(error).__name__}: {error}"
            self.close()
        self._result.note(failure, time.perf_counter() - began)

    async def _exchange(self, *, keep: bool) -> str | None:
        if self._reader is None or self._reader.at_eof():  # the server has said goodbye: any client sees that
            self.close()
            self._reader, self._writer = await asyncio.open_connection(self._target.host, self._target.port)
        assert self._writer is not None
        self._writer.write(self._target.request(keep=keep))
        await self._writer.drain()
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status, *lines = head.split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines if line)
        await self._reader.readexactly(int(headers["content-length"]))
        if not keep or headers.get("connection") == "close":
            self.close()
        return None if status.split()[1] == "200" else status

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def run_load(url: str, *, rate_per_s: float, key: str | None, body: bytes, stop: asyncio.Event) -> LoadResult:
    """
    POST *body* to *url* at *rate_per_s* until *stop* is set, at fixed times whatever the server does.

    A request on a kept connection that ends without an answer is lost, even if a patient client would try again.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    head = (
        f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        f"{authorization}Content-Length: {len(body)}\r\n"
    )
    target, result = _Target(host, port, head.encode(), body), LoadResult()
    began = time.perf_counter()
    kept_interval_s = KEPT_CONNECTIONS / (rate_per_s / 2)
    async with asyncio.TaskGroup() as group:
        for number in range(KEPT_CONNECTIONS):
            offset_s = kept_interval_s * number / KEPT_CONNECTIONS
            group.create_task(_keep_asking(target, result, kept_interval_s, offset_s, stop))
        group.create_task(_ask_anew(target, result, 2 / rate_per_s, group, stop))
    result.took_s = time.perf_counter() - began
    return result


async def _keep_asking(
    target: _Target, result: LoadResult, interval_s: float, offset_s: float, stop: asyncio.Event
) -> None:
    connection = _Connection(target, result)
    due = time.perf_counter() + offset_s
    while not await _stopped(stop, due):
        await connection.ask(keep=True)
        due = max(due + interval_s, time.perf_counter() - interval_s)
    connection.close()


async def _ask_anew(
    target: _Target, result: LoadResult, interval_s: float, group: asyncio.TaskGroup, stop: asyncio.Event
) -> None:
    due = time.perf_counter() + interval_s
    while not await _stopped(stop, due):
        group.create_task(_Connection(target, result).ask(keep=False))
        due += interval_s


async def _stopped(stop: asyncio.Event, due: float) -> bool:
    """Wait until *due*, or until *stop*."""
    try:
        async with asyncio.timeout(max(0.0, due - time.perf_counter())):
            await stop.wait()
    except TimeoutError:
        return stop.is_set()
    return True


class BackgroundLoad:
    """`run_load` in a thread: started on entering, stopped on leaving; *result* holds the counts then."""

    def __init__(self, url: str, *, rate_per_s: float = 200, key: str | None = None, body: bytes = b"{}") -> None:
        self.result = LoadResult()
        self._url = url
        self._rate_per_s = rate_per_s
        self._key = key
        self._body = body
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._running = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="load")

    def start(self) -> Self:
        """Begin to send."""
        self._thread.start()
        self._running.wait()
        return self

    def stop(self) -> LoadResult:
        """Stop sending, wait for the answers that are due, give the counts."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        return self.result

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._running.set()
        self.result = await run_load(
            self._url, rate_per_s=self._rate_per_s, key=self._key, body=self._body, stop=self._stop
        )
