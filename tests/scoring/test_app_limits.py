"""What strangers and mistakes can cost a server."""

import asyncio
import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from modelport_scoring.app import LARGEST_BODY_MB, App
from modelport_scoring.auth import Keys

from tests.scoring.asgi import app_of, ask


def echo(data: str) -> str:
    return data


def answer(app: App, parts: list[Any]) -> tuple[list[Any], int]:
    """Post *parts*; return what was sent back, and how many parts were left unread."""
    sent: list[Any] = []

    async def receive() -> Any:  # noqa: ANN401 - an ASGI message
        return parts.pop(0)

    async def send(message: Any) -> None:  # noqa: ANN401 - an ASGI message
        sent.append(message)

    scope = {"method": "POST", "path": "/score", "query_string": b"", "headers": []}
    asyncio.run(app(scope, receive, send))
    return sent, len(parts)


def test_the_body_of_a_stranger_is_not_read(tmp_path: Path) -> None:
    """
    Without a key a request is refused before anything of its body is read.
    """
    digest = hashlib.sha256(b"key").hexdigest()
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"primary": digest, "secondary": digest}))

    sent, unread = answer(app_of(echo, Keys(path)), [{"type": "http.request", "body": b"x"}])

    assert (401, 1) == (sent[0]["status"], unread)


def test_a_body_has_a_limit() -> None:
    """
    A body above the limit is refused as soon as it is passed, and the connection is closed.
    """
    part = {"type": "http.request", "body": bytes(LARGEST_BODY_MB * 1024 * 1024), "more_body": True}
    more = {"type": "http.request", "body": b"x", "more_body": True}

    sent, unread = answer(app_of(echo), [part, more, more])

    assert (413, 1, True) == (sent[0]["status"], unread, (b"connection", b"close") in sent[0]["headers"])


def test_a_caller_that_left_gets_nothing() -> None:
    """
    When the caller goes before its body is whole, `run()` is not called and nothing is sent.
    """
    calls: list[str] = []

    def run(data: str) -> None:
        calls.append(data)

    sent, _ = answer(app_of(run), [{"type": "http.request", "more_body": True}, {"type": "http.disconnect"}])

    assert ([], []) == (sent, calls)


def test_a_path_cannot_forge_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """
    A line break in a path is written as it was sent.
    """
    caplog.set_level(logging.INFO)

    ask(app_of(echo), "/a\nb")

    assert "POST /a%0Ab 404" in caplog.text
