"""Asks a scoring application as an ASGI server does."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from modelport_scoring.app import App
from modelport_scoring.auth import Keys
from modelport_scoring.script import Run, Script, reader_for


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


def app_of(run: Run, keys: Keys | None = None) -> App:
    """Make an application of a script's run()."""
    return App(Script(run, reader_for(run)), keys, service_name="tested", service_version="2.0")


def ask(
    app: App,
    path: str = "/score",
    *,
    method: str = "POST",
    body: bytes = b"{}",
    headers: Iterable[tuple[str, str]] = (),
) -> Response:
    """Send one request, its body in two parts."""
    path, _, query = path.partition("?")
    scope = {
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    incoming = [
        {"type": "http.request", "body": body[:1], "more_body": True},
        {"type": "http.request", "body": body[1:], "more_body": False},
    ]
    sent: list[Any] = []

    async def receive() -> Any:  # noqa: ANN401  an ASGI message
        return incoming.pop(0)

    async def send(message: Any) -> None:  # noqa: ANN401  an ASGI message
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    start, content = sent
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return Response(start["status"], found, content["body"])
