"""Hands what is not scoring to the ASGI application."""

import asyncio
import logging
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from modelport_scoring.answer import Answer, error_answer
from modelport_scoring.errors import ResultNotSerializableError
from modelport_scoring.http.target import path_of, query_of

if TYPE_CHECKING:
    from modelport_scoring.http.connection import Connection
    from modelport_scoring.http.exchange import Exchange

Message = MutableMapping[str, Any]
_log = logging.getLogger(__name__)


def answer_by_application(app: Any, connection: "Connection", exchange: "Exchange") -> None:  # noqa: ANN401  uvicorn's
    """Call *app* in a task of its own; its answer goes to *connection* when it is whole."""
    exchange.waiter = asyncio.Event()
    task = connection.loop.create_task(_Call(connection, exchange).run(app))
    connection.state.tasks.add(task)
    task.add_done_callback(connection.state.tasks.discard)


class _Call:
    """What an application sees of one request, and what it answers."""

    def __init__(self, connection: "Connection", exchange: "Exchange") -> None:
        self._connection = connection
        self._exchange = exchange
        self._answer: Answer | None = None
        self._is_complete = False

    async def run(self, app: Any) -> None:  # noqa: ANN401  the same
        """Call *app* and pass its answer on."""
        try:
            await app(self._scope(), self._receive, self._send)
        except Exception:  # noqa: BLE001  whatever it is, the caller gets an answer and the log the traceback
            _log.exception("%s %s failed", self._exchange.method.decode(), self._exchange.target.decode("latin-1"))
        if not self._exchange.is_answered:
            whole = self._answer if self._is_complete else None
            self._connection.finish(self._exchange, whole or error_answer(ResultNotSerializableError()))

    def _scope(self) -> Message:
        exchange = self._exchange
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": exchange.method.decode(),
            "scheme": "http",
            "path": path_of(exchange.target),
            "raw_path": exchange.target.partition(b"?")[0],
            "query_string": query_of(exchange.target),
            "root_path": "",
            "headers": list(exchange.fields.items()),
        }

    async def _receive(self) -> Message:
        exchange = self._exchange
        if exchange.waiter is not None and not exchange.is_read and not exchange.is_answered:
            await exchange.waiter.wait()
        if exchange.is_answered:
            return {"type": "http.disconnect"}
        body, exchange.is_dropped = exchange.body, True
        exchange.parts.clear()
        return {"type": "http.request", "body": body, "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            lines = [b"%b: %b\r\n" % (name, value) for name, value in message.get("headers", ())]
            kept = [line for line in lines if not line.startswith((b"content-length:", b"connection:"))]
            closes = any(line.lower() == b"connection: close\r\n" for line in lines)
            self._answer = Answer(int(HTTPStatus(message["status"])), b"".join(kept), b"", closes=closes)
        elif self._answer is not None:
            self._answer.body += message.get("body", b"")
            self._is_complete = not message.get("more_body", False)
