"""The line of a request."""

import asyncio
import re

import pytest
from modelport_scoring.http.access import FLUSH_S

from tests.scoring.caller import app_of, converse, request_bytes


def test_each_request_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Time, process, method, target with query, status, duration and length; health has none.
    """
    served = app_of(lambda data: {"echo": data})
    converse(served, request_bytes("/score?a=1") + request_bytes("/", method="GET", body=b"") + b"?\r\n\r\n")
    served.endpoint.access.flush()
    scored, refused = capsys.readouterr().out.splitlines()

    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} I \[\d+\] modelport_scoring.access - "
        r"POST /score\?a=1 200 \d+\.\d{3}ms 14",
        scored,
    )
    assert re.search(r" - - - 400 \d+\.\d{3}ms \d+$", refused)


def test_a_line_is_written_soon(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Lines are written by themselves, a moment after the answer.
    """
    served = app_of(lambda data: data)

    async def wait() -> None:
        connection, _ = served.connect()
        connection.data_received(request_bytes())
        assert "" == capsys.readouterr().out
        await asyncio.sleep(FLUSH_S * 2)

    asyncio.run(wait())

    assert "POST /score 200" in capsys.readouterr().out
