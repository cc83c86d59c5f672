"""One connection: reads requests, hands them on, writes the answers in their order."""

import asyncio
import logging
import math
import time
from collections import deque
from typing import Any, Final

import httptools
import uvicorn

from modelport_scoring.answer import Answer
from modelport_scoring.errors import (
    BusyError,
    HeadTooLargeError,
    MalformedRequestError,
    RequestTimeoutError,
    ResultNotSerializableError,
    ScoringError,
)
from modelport_scoring.http.application import answer_by_application
from modelport_scoring.http.endpoint import Endpoint, LeavingState, status_line
from modelport_scoring.http.exchange import Exchange
from modelport_scoring.http.reader import Reader

BLOCK: Final = 64 * 1024
"""Bytes of a body that must arrive within `Limits.body_s`; larger answers are not copied to be sent in one piece."""
MOST_DISCARDED: Final = 1024 * 1024
"""Bytes of a body that are read for nothing, to keep the connection after an answer that did not need it."""
LINGER_S: Final = 2.0
"""How long a connection still takes in what was under way: a reset would destroy the answer before it is read."""
BODILESS: Final = frozenset({204, 304})
AHEAD: Final = 2
"""Requests that are read before the first of them is answered."""
_HEAD: Final = -1
_IDLE: Final = -2
_log = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """
    A caller's connection, as uvicorn's server makes one.

    Once `LeavingState.leaving` is set, the last answer that is owed says ``Connection: close``, and an idle connection
    waits for one more request until `close_if_idle`: closing it at once would lose requests that are just under way.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: LeavingState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        endpoint: Endpoint,
    ) -> None:
        del app_state  # there is no lifespan
        self.endpoint = endpoint
        self.state = server_state
        self.loop = _loop or asyncio.get_running_loop()
        self.transport: asyncio.Transport
        self._config = config
        self._owed: deque[Exchange] = deque()
        """Requests whose headers are read, in their order, until they are answered."""
        self._reader = Reader(self, self._owed)
        self._is_waiting = False
        """The first of them is being answered by somebody else."""
        self._is_stalled = False
        """The caller does not read what is written."""
        self._is_deaf = False
        """What comes now is of no interest."""
        self._is_paused = False
        self._is_ending = False
        self._phase = _IDLE
        self._deadline = self.loop.time() + endpoint.limits.keep_alive_s

    # What uvicorn's server and ours ask of a connection

    @property
    def is_fresh(self) -> bool:
        """Nothing has been asked on it yet."""
        return not self._reader.has_read

    def close_if_idle(self) -> None:
        """Close unless a request is being read or answered."""
        if not self._owed and not self._reader.is_in_head:
            self.transport.close()

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        self.transport.abort()

    def end_if_late(self, now: float) -> None:
        """Close when the caller has let a limit of time pass; *now* is the loop's time."""
        if now < self._deadline:
            return
        if self._is_stalled or self._is_ending:
            self.transport.abort()
        elif self._phase == _IDLE:
            self.transport.close()
        else:
            self._break_off(RequestTimeoutError())
            self._advance()

    # What the loop calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a stream has no other
        """Begin."""
        self.transport = transport
        self.state.connections.add(self)  # type: ignore[arg-type]  # uvicorn's type names its own classes

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was asked: nobody waits for it."""
        del exc
        self.state.connections.discard(self)
        self._is_deaf = True
        for exchange in self._owed:
            exchange.leave()
        self._owed.clear()

    def eof_received(self) -> None:
        """Take the end of a caller's stream for the end of the caller, as most servers do: close."""

    def pause_writing(self) -> None:
        """Wait for a caller that reads slowly."""
        self._is_stalled = True
        self._deadline = self.loop.time() + self.endpoint.limits.write_s
        self._set_pace()

    def resume_writing(self) -> None:
        """Go on."""
        self._is_stalled = False
        self._phase = 0
        self._advance()

    def data_received(self, data: bytes) -> None:
        """Read requests and do what can be done."""
        if self._is_deaf:
            return
        try:
            self._reader.feed(data)
        except httptools.HttpParserCallbackError:  # not the caller's fault
            _log.exception("a request could not be taken in")
            self._break_off(ResultNotSerializableError())
        except httptools.HttpParserError:
            self._break_off(MalformedRequestError())
        except HeadTooLargeError as error:
            self._break_off(error)
        self._advance()

    # Answers

    def finish(self, exchange: Exchange, answer: Answer) -> None:
        """Send the *answer* to the first request, which somebody else has found."""
        self._is_waiting = False
        if self.transport.is_closing():
            exchange.is_answered = True  # it was aborted, and will soon be told so
            return
        self._reply(exchange, answer)
        self._advance()

    def _advance(self) -> None:
        """Answer what can be answered; then say what is waited for, and how long."""
        owed = self._owed
        while owed and not self._is_waiting and not self._is_stalled:
            exchange = owed[0]
            if exchange.refusal is not None:
                self._reply(exchange, exchange.refusal)
            elif exchange.scoring is None:
                self._is_waiting = True
                answer_by_application(self._config.loaded_app, self, exchange)
            elif exchange.is_read:
                self._score(exchange)
            else:
                self._ask_for_body(exchange)
                break
        self._set_pace()

    def _score(self, exchange: Exchange) -> None:
        try:
            is_done = self.endpoint.main_thread.submit(exchange)
        except BusyError as error:
            self._reply(exchange, exchange.worded(error))
            return
        if is_done and exchange.answer is not None:
            self._reply(exchange, exchange.answer)
        else:
            self._is_waiting = True

    def _ask_for_body(self, exchange: Exchange) -> None:
        if b"expect" in exchange.fields and exchange.fields.pop(b"expect").lower() == b"100-continue":
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _reply(self, exchange: Exchange, answer: Answer) -> None:
        """Write *answer*, to the first of what is owed."""
        self._owed.popleft()
        exchange.is_answered = exchange.is_dropped = True
        exchange.parts.clear()
        is_kept = exchange.keep_alive and not answer.closes and exchange.may_go_on(MOST_DISCARDED)
        if is_kept and self.state.leaving and not self._owed and not self._reader.is_in_head:
            is_kept = False  # it is the last one
        body = b"" if exchange.method == b"HEAD" or answer.status in BODILESS else answer.body
        head = b"%b%b%b%b%b\r\n" % (
            status_line(answer.status),
            self.state.default_fields,
            answer.fields,
            b"" if answer.status in BODILESS else b"content-length: %d\r\n" % len(answer.body),
            exchange.connection_field if is_kept else b"connection: close\r\n",
        )
        self.state.total_requests += 1
        if len(body) < BLOCK:
            self.transport.write(head + body)
        else:
            self.transport.writelines([head, body])
        took_ms = (time.perf_counter() - exchange.began) * 1000
        self.endpoint.access.add(self.loop, exchange.method, exchange.target, answer.status, took_ms, len(answer.body))
        if not is_kept:
            self._close(linger=not exchange.is_read)

    def _close(self, *, linger: bool) -> None:
        self._is_deaf = True
        self._owed.clear()
        self._is_ending = True
        if linger and self.transport.can_write_eof():
            self._deadline = self.loop.time() + LINGER_S
            self.transport.write_eof()
        else:
            self._deadline = self.loop.time() + self.endpoint.limits.write_s
            self.transport.close()

    def _break_off(self, error: ScoringError) -> None:
        """Read no more. The request that is being read is refused, unless it was answered already."""
        if self._is_deaf:
            return
        self._is_deaf = True
        exchange = self._reader.abandon()
        if exchange is None and self._owed and not self._owed[-1].keep_alive:
            return  # what stands behind the last request does not matter
        if exchange is not None and exchange.is_answered:
            self._close(linger=False)
            return
        if exchange is None:
            exchange = Exchange(self, b"-", b"-", {}, keep_alive=False, began=time.perf_counter())
            self._owed.append(exchange)
        exchange.keep_alive = False
        exchange.refusal = self.endpoint.envelope.wrap(exchange.fields, error)

    def _set_pace(self) -> None:
        """Say until when the caller must have done something; read no further ahead than needed."""
        pause = (self._is_stalled or len(self._owed) > AHEAD) and not self._is_deaf
        if pause is not self._is_paused and not self.transport.is_closing():
            self._is_paused = pause
            (self.transport.pause_reading if pause else self.transport.resume_reading)()
        if self._is_stalled or self._is_ending:
            return
        limits = self.endpoint.limits
        if self._is_waiting:
            self._phase, self._deadline = 0, math.inf
        elif self._reader.reading is not None:
            phase = 1 + self._reader.reading.size // BLOCK
            if phase != self._phase:
                self._phase, self._deadline = phase, self.loop.time() + limits.body_s
        elif self._reader.is_in_head:
            if self._phase != _HEAD:
                self._phase, self._deadline = _HEAD, self.loop.time() + limits.head_s
        else:
            self._phase, self._deadline = _IDLE, self.loop.time() + limits.keep_alive_s
