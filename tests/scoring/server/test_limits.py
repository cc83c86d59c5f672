"""What callers can do to a server, over real connections."""

import json
import random
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Any]

pytestmark = [pytest.mark.slow, pytest.mark.alone]  # real processes, and their timing

REQUEST = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
COUNTING = """
import time

calls = []

def init():
    pass

def run(data):
    calls.append(data)
    if data.startswith("sleep "):
        time.sleep(float(data.split()[1]))
    if data.startswith("spin "):
        end = time.monotonic() + float(data.split()[1])
        while time.monotonic() < end:
            try:
                sum(range(1000))
            except Exception:
                pass
    return calls
"""


def sleep(seconds: float) -> bytes:
    body = f"sleep {seconds}".encode()
    return b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def started(start: Start, *arguments: Any, **more: Any) -> Any:  # noqa: ANN401  the fixture's, and what it gives
    """Start a bare server and wait until it answers."""
    server = start(*arguments, bare=True, **more)
    connection = server.connect()
    connection.request("GET", "/")
    connection.getresponse().read()
    return server


def everything(caller: socket.socket) -> bytes:
    received = b""
    while chunk := caller.recv(65536):
        received += chunk
    return received


def test_a_full_queue_is_told(start: Start) -> None:
    """
    Beyond the queue's length a request gets 503 with `Retry-After` at once; those in it are answered.
    """
    server = started(start, COUNTING, environment={"MODELPORT_QUEUE_LENGTH": "1"})
    running, waiting, refused = (server.connect() for _ in range(3))
    running.request("POST", "/score", "sleep 1")
    time.sleep(0.4)
    waiting.request("POST", "/score", "b")
    time.sleep(0.2)
    began = time.monotonic()
    refused.request("POST", "/score", "c")
    response = refused.getresponse()

    assert (503, "1") == (response.status, response.getheader("retry-after"))
    assert time.monotonic() - began < 0.3
    assert [200, 200] == [each.getresponse().status for each in (running, waiting)]


def test_a_caller_that_left_is_not_scored(start: Start) -> None:
    """
    A request that waits for another one is not scored when its caller goes.
    """
    server = started(start, COUNTING)
    running, gone, last = server.connect(), server.connect_plainly(), server.connect()
    running.request("POST", "/score", "sleep 0.8")
    time.sleep(0.3)
    gone.sendall(REQUEST)
    time.sleep(0.2)
    gone.close()
    running.getresponse().read()
    last.request("POST", "/score", "last")

    assert ["sleep 0.8", "last"] == json.loads(last.getresponse().read())


def test_a_call_without_end_is_ended(start: Start) -> None:
    """
    A `run()` that catches every exception is ended as well, with the status that was set; the next request is served.
    """
    limits = {"SCORING_TIMEOUT_MS": "300", "MODELPORT_TIMEOUT_STATUS": "504"}
    server = started(start, COUNTING, environment=limits)
    connection = server.connect()
    connection.request("POST", "/score", "spin 20")
    response = connection.getresponse()

    assert (504, {"message": "Scoring timeout after 300 ms"}) == (response.status, json.loads(response.read()))
    began = time.monotonic()
    connection.request("POST", "/score", "a")
    assert 200 == connection.getresponse().status
    assert time.monotonic() - began < 2


def test_health_is_answered_while_run_hangs(start: Start) -> None:
    """
    Whatever `run()` does, health answers within a tenth of a second, also after many short calls.
    """
    server = started(start, COUNTING)
    connection, health = server.connect(), server.connect()
    for _ in range(2):
        for _ in range(40):
            connection.request("POST", "/score", "a")
            connection.getresponse().read()
        connection.request("POST", "/score", "sleep 0.15")  # the loop moves away
        connection.getresponse().read()
        connection.request("POST", "/score", "sleep 0.6")
        time.sleep(0.1)
        began = time.monotonic()
        health.request("GET", "/")
        health.getresponse().read()
        took = time.monotonic() - began
        connection.getresponse().read()

        assert took < 0.1


def test_a_slow_writer_is_ended(start: Start) -> None:
    """
    A caller that sends its headers a byte now and then gets 408 at the limit; others are served meanwhile.
    """
    server = started(start, environment={"MODELPORT_HEAD_TIMEOUT_S": "1"})
    slow = server.connect_plainly()
    began = time.monotonic()
    for byte in REQUEST[:12]:
        slow.sendall(bytes([byte]))
        time.sleep(0.05)
    other = server.connect()
    other.request("POST", "/score", "a")

    assert 200 == other.getresponse().status
    assert everything(slow).startswith(b"HTTP/1.1 408 ")
    assert 1 <= time.monotonic() - began < 4


def test_a_slow_reader_is_ended(start: Start) -> None:
    """
    A caller that does not read its answers is cut off at the limit, and does not hold the server.
    """
    server = started(start, environment={"MODELPORT_WRITE_TIMEOUT_S": "1"})
    slow = server.connect_plainly()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    body = b"x" * 3_000_000
    request = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    try:
        for _ in range(4):
            slow.sendall(request)
    except OSError:
        pass  # it was cut off already
    time.sleep(3)
    other = server.connect()
    other.request("POST", "/score", "a")

    assert 200 == other.getresponse().status
    with pytest.raises(OSError):  # noqa: PT012  the reset comes with one of them
        everything(slow)
        slow.sendall(request)
        time.sleep(0.2)
        slow.sendall(request)


def test_nonsense_does_no_harm(start: Start) -> None:
    """
    Whatever bytes come, cut wherever: each connection is answered or closed, and the next request is served.
    """
    chance = random.Random(7)  # noqa: S311  the same every time
    server = started(start)
    seeds = [
        REQUEST,
        sleep(0),
        REQUEST * 3,
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ]
    for _ in range(300):
        sent = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(sent))
            sent[at : at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
        caller = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        try:
            cut = chance.randrange(len(sent) + 1)
            caller.sendall(sent[:cut])
            caller.sendall(sent[cut:])
            caller.shutdown(socket.SHUT_WR)
            everything(caller)
        except (ConnectionResetError, BrokenPipeError):
            pass  # closed: that is an answer too; waiting for ever (TimeoutError) is none
        finally:
            caller.close()
    connection = server.connect()
    connection.request("POST", "/score", "a")

    assert 200 == connection.getresponse().status
    assert server.process.poll() is None


def test_many_idle_connections_cost_nothing(start: Start) -> None:
    """
    A thousand connections that ask nothing do not slow the one that does.
    """
    server = started(start)
    connection = server.connect()
    idle = [server.connect_plainly() for _ in range(1000)]
    began = time.monotonic()
    for _ in range(20):
        connection.request("POST", "/score", "a")
        assert b'"a"' == connection.getresponse().read()

    assert time.monotonic() - began < 2
    assert 1000 == len(idle)


def test_a_call_that_hangs_does_not_hold_a_server_that_leaves(start: Start, tmp_path: Path) -> None:
    """
    At the drain limit a bare server ends although `run()` goes on, and says so.
    """
    limits = {"MODELPORT_DRAIN_TIMEOUT_S": "1", "MODELPORT_IDLE_GRACE_S": "0"}
    server = started(start, environment=limits)
    connection = server.connect()
    connection.request("POST", "/score", "sleep 30")
    time.sleep(0.3)
    server.process.send_signal(signal.SIGTERM)

    assert 1 == server.exit_code(within_s=6)
    assert "run() did not end within the drain limit" in (tmp_path / "log").read_text()


def test_callers_beside_each_other_get_their_own_answers(start: Start) -> None:
    """
    Of many callers at once, while the loop moves to and fro, each gets the answer to its own request.
    """
    server = started(start)
    wrong: list[object] = []

    def call(name: int) -> None:
        connection = server.connect()
        for number in range(150):
            body = "sleep 0.12" if (name, number % 50) == (0, 49) else f"{name} {number}"
            connection.request("POST", "/score", body)
            answer = json.loads(connection.getresponse().read())
            if answer != body:
                wrong.append((body, answer))

    threads = [threading.Thread(target=call, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == wrong
