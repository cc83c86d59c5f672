"""What strangers and mistakes can cost a server."""

import hashlib
import json
from pathlib import Path

import pytest
from modelport_scoring.auth import Keys
from modelport_scoring.limits import Limits

from tests.scoring.caller import app_of, ask, converse, request_bytes, responses

ONE_MB = 1024 * 1024


def echo(data: str) -> str:
    return data


def test_the_body_of_a_stranger_is_not_read(tmp_path: Path) -> None:
    """
    Without a key a request is refused before anything of its body is read.
    """
    digest = hashlib.sha256(b"key").hexdigest()
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"primary": digest, "secondary": digest}))

    (response,) = responses(bytes(converse(app_of(echo, Keys(path)), request_bytes(body=b"x" * 9)[:-9]).written))

    assert 401 == response.status


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    """
    A body above the limit is refused by its header; the connection ends, but not before the answer could be read.
    """
    sent = request_bytes(body=bytes(ONE_MB + 1))
    transport = converse(app_of(echo, limits=Limits(body_mb=1)), sent[:-ONE_MB], sent[-ONE_MB:])
    (response,) = responses(bytes(transport.written))

    assert (413, "The request body must not exceed 1 MB.") == (response.status, response.message)
    assert ("close", True, False) == (response.headers["connection"], transport.is_ended, transport.is_closed)


def test_a_body_of_unknown_length_has_a_limit() -> None:
    """
    A chunked body is refused as soon as it has passed the limit.
    """
    head = b"POST /score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"80000\r\n" + bytes(ONE_MB // 2) + b"\r\n"

    def written(*pieces: bytes) -> bytes:
        return bytes(converse(app_of(echo, limits=Limits(body_mb=1)), head, *pieces).written)

    assert b"" == written(chunk, chunk)
    assert [413] == [each.status for each in responses(written(chunk, chunk, b"1\r\nx\r\n"))]


def test_a_caller_that_left_gets_nothing() -> None:
    """
    When the caller goes before its body is whole, `run()` is not called and nothing is sent.
    """
    calls: list[str] = []

    def run(data: str) -> None:
        calls.append(data)

    transport = converse(app_of(run), request_bytes()[:-1], then=lambda each: each.connection_lost(None))

    assert ([], b"") == (calls, bytes(transport.written))


def test_a_path_cannot_forge_a_line_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A line break in a path is written as it was sent.
    """
    served = app_of(echo)
    ask(served, "/a\nb")
    served.endpoint.access.flush()

    assert "POST /a%0Ab 404" in capsys.readouterr().out
