"""HTTP/1.1 as callers speak it, well and badly."""

import asyncio
import json

import pytest
from modelport_scoring.answer import Answer
from modelport_scoring.app import Receive, Scope, Send
from modelport_scoring.http.connection import Connection
from modelport_scoring.limits import Limits
from modelport_scoring.scorer import ScoreRequest

from tests.scoring.caller import app_of, ask, converse, request_bytes, responses

CHUNKED = b"POST /score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
MUCH = 10_000.0
"""Seconds after which every limit has passed."""


def echo(data: str) -> str:
    return data


def statuses(*pieces: bytes, limits: Limits | None = None) -> list[int]:
    return [each.status for each in responses(bytes(converse(app_of(echo, limits=limits), *pieces).written))]


def test_a_request_may_come_byte_by_byte() -> None:
    """
    Wherever the network cuts a request, it is the same request.
    """
    sent = request_bytes("/score?a=1", body=b"whole", headers=[("X-Long", "y" * 30)])
    cut = converse(app_of(echo), *(sent[at : at + 1] for at in range(len(sent))))

    assert [b'"whole"'] == [each.body for each in responses(bytes(cut.written))]


def test_pipelined_requests_are_answered_in_their_order() -> None:
    """
    Requests that arrive in one piece are answered one after the other, whoever answers them.
    """
    sent = request_bytes(body=b"a") + request_bytes("/", method="GET", body=b"") + request_bytes(body=b"b")

    assert [b'"a"', b"Healthy", b'"b"'] == [
        each.body for each in responses(bytes(converse(app_of(echo), sent).written))
    ]


def test_a_body_may_come_in_chunks() -> None:
    """
    A chunked body is put together; what stands behind it does not become a header.
    """
    headers: list[dict[str, str]] = []

    def run(data: str, request_headers: dict[str, str]) -> str:
        headers.append(request_headers)
        return data

    body = b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Late: 1\r\n\r\n"
    written = bytes(converse(app_of(run), CHUNKED + body + request_bytes(body=b"next")).written)

    assert [b'"abcde"', b'"next"'] == [each.body for each in responses(written)]
    assert [False, False] == ["X-Late" in each for each in headers]


def test_a_caller_that_expects_it_is_asked_for_the_body() -> None:
    """
    `100 Continue` is sent once, before the body and only when it will be read.
    """
    sent = request_bytes(body=b"abc", headers=[("Expect", "100-continue")])
    transport = converse(app_of(echo), sent[:-3], sent[-3:-1], sent[-1:])
    first, _, rest = bytes(transport.written).partition(b"\r\n\r\n")

    assert (b"HTTP/1.1 100 Continue", b'"abc"') == (first, responses(rest)[0].body)


def test_a_caller_that_expects_is_refused_without_being_asked() -> None:
    """
    A request that is refused by its head gets its answer in place of `100 Continue`, and the connection ends.
    """
    sent = request_bytes("/nowhere", body=b"abc", headers=[("Expect", "100-continue")])
    (response,) = responses(bytes(converse(app_of(echo), sent[:-3]).written))

    assert (404, "close") == (response.status, response.headers["connection"])


@pytest.mark.parametrize("path", ["/score", "/"])
def test_an_answer_to_head_has_no_body(path: str) -> None:
    """
    HEAD is answered with the length that GET's body would have, and without it.
    """
    written = bytes(converse(app_of(echo), request_bytes(path, method="HEAD", body=b"")).written)

    assert written.endswith(b"\r\n\r\n")
    assert b"content-length: 0" not in written


@pytest.mark.parametrize(
    ("version", "asked", "told"),
    [
        ("1.1", None, None),
        ("1.1", "close", "close"),
        ("1.1", "Keep-Alive", "keep-alive"),
        ("1.0", None, "close"),
        ("1.0", "keep-alive", "keep-alive"),
    ],
)
def test_a_connection_lives_as_long_as_its_caller_wants(version: str, asked: str | None, told: str | None) -> None:
    """
    HTTP/1.1 keeps it unless told otherwise, HTTP/1.0 closes it unless asked; the answer says so.
    """
    headers = [("Connection", asked)] if asked else []
    transport = converse(app_of(echo), request_bytes(headers=headers).replace(b"HTTP/1.1", f"HTTP/{version}".encode()))
    (response,) = responses(bytes(transport.written))

    assert (told, told == "close") == (response.headers.get("connection"), transport.is_closed)


@pytest.mark.parametrize(
    "malformed",
    [
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /score HTTP/9.9\r\n\r\n",
        b"POST /score HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST /score HTTP/1.1\r\nA b: c\r\n\r\n",
        b"POST /score HTTP/1.1\r\nA: \0\r\n\r\n",
        b"POST /score HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /score HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /score HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        CHUNKED + b"xyz\r\n",
    ],
)
def test_what_is_not_http_is_refused(malformed: bytes) -> None:
    """
    It is answered with 400 in JSON, with an id, and nothing more is read.
    """
    transport = converse(app_of(echo), request_bytes(), malformed, request_bytes())
    first, refused = responses(bytes(transport.written))

    assert (200, 400, "close") == (first.status, refused.status, refused.headers["connection"])
    assert "The request is not valid HTTP/1.1." == refused.message
    assert refused.headers["x-request-id"]
    assert transport.is_closed or transport.is_ended


def test_requests_before_a_broken_one_are_answered() -> None:
    """
    What came before a malformed request, in the same piece, is answered first.
    """
    assert [200, 200, 400] == statuses(request_bytes() + request_bytes("/", method="GET", body=b"") + b"?\r\n\r\n")


def test_headers_have_a_limit() -> None:
    """
    A head above the limit is refused with 431, whether it comes at once or never ends.
    """
    sent = request_bytes(headers=[("X-Long", "y" * 3000)])
    pieces = [sent[at : at + 100] for at in range(0, len(sent) - 200, 100)]

    assert [431] == statuses(sent, limits=Limits(head_kb=2))
    assert [431] == statuses(*pieces, limits=Limits(head_kb=2))
    assert [200] == statuses(sent)


def test_a_long_target_is_refused() -> None:
    """
    The request line counts as well.
    """
    assert [431] == statuses(request_bytes("/score?" + "y" * 3000), limits=Limits(head_kb=2))


def test_nobody_must_be_upgraded() -> None:
    """
    A request that offers another protocol is answered in this one, and so is the next.
    """
    upgrade = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk")]

    chunked = request_bytes(headers=[*upgrade, ("Transfer-Encoding", "chunked")]).replace(b"Content-Length: 2\r\n", b"")
    sent = request_bytes(body=b"with", headers=upgrade) + chunked[:-2] + b"3\r\nand\r\n0\r\n\r\n"
    sent += request_bytes("/", method="GET", body=b"", headers=upgrade) + request_bytes(body=b"without")
    cut = [sent[at : at + 7] for at in range(0, len(sent), 7)]

    for pieces in ([sent], cut):
        written = bytes(converse(app_of(echo), *pieces).written)
        assert [b'"with"', b'"and"', b"Healthy", b'"without"'] == [each.body for each in responses(written)]


@pytest.mark.parametrize("target", ["http://x/score", "/%73core", "/score?", "http://x/score?a=1"])
def test_a_target_may_be_written_otherwise(target: str) -> None:
    """
    A whole URL and percent-encoding mean the same route.
    """
    assert 200 == ask(app_of(echo), target).status


def test_a_body_that_nobody_needs_is_skipped() -> None:
    """
    A short body of a request that was answered without it does not end the connection; a long one does.
    """
    short = request_bytes("/", body=b"x" * 100)
    long = request_bytes("/", body=bytes(2 * 1024 * 1024))

    assert [405, 200] == statuses(short[:-100], short[-100:] + request_bytes())
    transport = converse(app_of(echo), long[:500], long[500:])
    assert ("close", True) == (responses(bytes(transport.written))[0].headers["connection"], transport.is_ended)


@pytest.mark.parametrize("sent", [b"POST /sc", request_bytes()[:-1]])
def test_a_caller_that_stops_in_the_middle_is_told(sent: bytes) -> None:
    """
    A request that does not become whole in time is answered with 408.
    """
    transport = converse(app_of(echo), sent, then=lambda each: each.end_if_late(each.loop.time() + MUCH))

    assert [408] == [each.status for each in responses(bytes(transport.written))]
    assert transport.is_ended


def test_an_idle_connection_ends_in_silence() -> None:
    """
    A connection on which nothing was asked for long is closed; before, it is not.
    """
    early = converse(app_of(echo), request_bytes(), then=lambda each: each.end_if_late(each.loop.time() + 299))
    late = converse(app_of(echo), request_bytes(), then=lambda each: each.end_if_late(each.loop.time() + 301))

    assert [False, True] == [early.is_closed, late.is_closed]
    assert 1 == len(responses(bytes(late.written)))


def test_a_body_must_make_progress() -> None:
    """
    Each 64 KB of a body have their own time: a slow caller with a large body is served, one that drips is not.
    """
    sent = request_bytes(body=b"x" * 200_000)
    steps = [sent[:100_000], sent[100_000:199_000]]

    def seconds_left(*pieces: bytes) -> float:
        left: list[float] = []
        converse(app_of(echo), *pieces, then=lambda each: left.append(each._deadline - each.loop.time()))
        return left[0]

    assert 59 < seconds_left(*steps) <= 60


def test_a_caller_that_reads_nothing_is_left() -> None:
    """
    While a caller does not read, its requests wait; after the limit it is cut off.
    """
    served = app_of(echo)

    def stall(connection: Connection) -> None:
        connection.pause_writing()
        connection.data_received(request_bytes())

    def stall_for_long(connection: Connection) -> None:
        stall(connection)
        connection.end_if_late(connection.loop.time() + 61)

    def stall_for_a_moment(connection: Connection) -> None:
        stall(connection)
        connection.resume_writing()

    stalled = converse(served, then=stall_for_long)
    resumed = converse(served, then=stall_for_a_moment)

    assert (b"", True, False) == (bytes(stalled.written), stalled.is_closed, stalled.is_reading)
    assert (1, False, True) == (len(responses(bytes(resumed.written))), resumed.is_closed, resumed.is_reading)


def test_nobody_fills_the_memory_with_requests_ahead() -> None:
    """
    While a request is being answered, a few more are read, then no more.
    """
    served = app_of(echo)
    served.endpoint.main_thread._is_shared = False
    served.endpoint.main_thread._loop = asyncio.new_event_loop()  # it stands still
    few = converse(served, request_bytes() * 2)
    many = converse(served, request_bytes() * 3)

    served.endpoint.main_thread._loop.close()

    assert [True, False] == [few.is_reading, many.is_reading]


def test_an_application_that_fails_answers_without_details(caplog: pytest.LogCaptureFixture) -> None:
    """
    The caller gets the text for internal errors, the log the traceback.
    """
    served = app_of(echo)

    async def fail(scope: object, receive: object, send: object) -> None:
        raise KeyError(scope)

    served.app = fail
    response = ask(served, "/", method="GET")

    assert (500, False) == (response.status, b"KeyError" in response.body)
    assert "KeyError: {'type': 'http'" in caplog.text


def test_an_application_may_read_the_body() -> None:
    """
    An application that asks for the body gets it whole.
    """
    served = app_of(echo)
    seen: list[object] = []

    async def read(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(await receive())
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    served.app = read
    sent = request_bytes("/other", body=b"abcd")
    (response,) = responses(bytes(converse(served, sent[:-2], sent[-2:]).written))

    assert [{"type": "http.request", "body": b"abcd", "more_body": False}] == seen
    assert (204, False) == (response.status, "content-length" in response.headers)


def test_an_answer_that_comes_after_the_end_is_dropped() -> None:
    """
    When a connection was aborted while its request was scored, nothing is written to it any more.
    """
    served = app_of(echo)
    served.endpoint.main_thread._is_shared = False
    served.endpoint.main_thread._loop = asyncio.new_event_loop()  # it stands still

    def answer_late(connection: Connection) -> None:
        exchange = connection._owed[0]
        connection.abort()
        connection.finish(exchange, Answer(200, b"", b""))

    transport = converse(served, request_bytes(), then=answer_late)
    served.endpoint.main_thread._loop.close()

    assert b"" == bytes(transport.written)


def test_a_connection_that_leaves_says_so_in_its_last_answer() -> None:
    """
    Once the server leaves, the last request that came in is told to close; those before it are not.
    """
    served = app_of(echo)
    served.state.leaving = True
    transport = converse(served, request_bytes() + request_bytes())

    assert [None, "close"] == [each.headers.get("connection") for each in responses(bytes(transport.written))]
    assert transport.is_closed


def test_a_request_that_has_begun_is_waited_for() -> None:
    """
    Of a connection that leaves, a request whose head has begun becomes the last one.
    """
    served = app_of(echo)
    served.state.leaving = True
    sent = request_bytes()
    transport = converse(served, sent + sent[:9], sent[9:])
    kept = converse(served, sent[:9], then=lambda each: each.close_if_idle())

    assert [None, "close"] == [each.headers.get("connection") for each in responses(bytes(transport.written))]
    assert not kept.is_closed


def test_repeated_headers_become_a_list() -> None:
    """
    As for every server behind a gateway, equal names are joined by commas.
    """

    def run(data: str, request_headers: dict[str, str]) -> str:
        return request_headers["X-Twice"]

    assert '"1, 2"' == ask(app_of(run), headers=[("x-twice", "1"), ("X-Twice", "2")]).body.decode()


def test_a_model_may_give_a_whole_answer() -> None:
    """
    What a scorer gives as an `Answer` goes out as it is, with the ids.
    """
    served = app_of(echo)
    assert served.endpoint.scoring is not None

    def score(request: ScoreRequest) -> object:
        return Answer(201, b"content-type: text/plain\r\n", request.body)

    served.endpoint.scoring._score = score
    response = ask(served, body=b"abc", headers=[("x-request-id", "7")])

    assert (201, b"abc", "7") == (response.status, response.body, response.headers["x-request-id"])
    assert "text/plain" == response.headers["content-type"]


def test_a_failure_before_the_body_is_not_the_callers(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What goes wrong while headers are looked at is answered with 500, and the log has the traceback.
    """

    def fail(*_: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("modelport_scoring.scoring.Scoring.admit", fail)

    assert [500] == statuses(request_bytes())
    assert "Too many open files" in caplog.text


def test_a_failure_of_the_server_itself_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    """
    Whatever goes wrong around a call, the caller gets an answer and the log the traceback.
    """
    served = app_of(echo)
    assert served.endpoint.scoring is not None

    def score(request: ScoreRequest) -> object:
        return json.loads(b"{" + request.body)

    served.endpoint.scoring._score = score

    assert 500 == ask(served).status
    assert "JSONDecodeError" in caplog.text
