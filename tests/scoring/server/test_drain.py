"""Leaving service: what was accepted is answered, what is open is told to close, nobody waits for ever."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Any]

pytestmark = [pytest.mark.slow, pytest.mark.alone]  # real processes, and their timing

GRACE_S = 3.0
REQUEST = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"


def ask(connection: HTTPConnection, body: str) -> tuple[int, str, str | None]:
    connection.request("POST", "/score", body)
    response = connection.getresponse()
    return response.status, response.read().decode(), response.getheader("connection")


def drain(worker: Any) -> None:  # noqa: ANN401 - `Serving` is in a conftest, which nothing imports
    worker.say(command="drain", idle_grace_s=GRACE_S)
    assert worker.hear() == {"state": "draining"}


def test_a_running_request_is_finished(start: Start) -> None:
    """
    A request that runs when the drain begins is answered.
    """
    worker = start().enter_service()
    connection = worker.connect()
    connection.request("POST", "/score", "sleep 0.7")
    time.sleep(0.3)

    worker.say(command="drain", idle_grace_s=0)

    response = connection.getresponse()
    assert (200, b'"sleep 0.7"') == (response.status, response.read())
    assert 0 == worker.exit_code()


def test_an_idle_connection_may_ask_once_more(start: Start) -> None:
    """
    A connection that was idle when the drain began is answered with `Connection: close`, and is closed.
    """
    worker = start().enter_service()
    connection = worker.connect()
    before = ask(connection, "a")
    drain(worker)

    assert ((200, '"a"', None), (200, '"b"', "close")) == (before, ask(connection, "b"))
    assert 0 == worker.exit_code(within_s=GRACE_S / 2)  # nobody is left to wait for


def test_a_connection_accepted_at_the_last_moment_is_served(start: Start) -> None:
    """
    A caller that connected just before the supervisor was gone, and asks just after, gets its answer.
    """
    worker = start().enter_service()
    caller = worker.connect_plainly()
    worker.line.close()
    time.sleep(0.3)
    caller.sendall(REQUEST)

    assert caller.recv(4096).startswith(b"HTTP/1.1 200 OK")
    assert 0 == worker.exit_code()


def test_a_request_that_arrives_in_pieces_is_waited_for(start: Start) -> None:
    """
    A request whose head has begun when the grace ends is read and answered.
    """
    worker = start().enter_service()
    caller = worker.connect_plainly()
    caller.sendall(REQUEST[:20])
    time.sleep(0.2)
    worker.say(command="drain", idle_grace_s=0)
    time.sleep(1.2)
    caller.sendall(REQUEST[20:])

    assert caller.recv(4096).startswith(b"HTTP/1.1 200 OK")


def test_no_connection_is_accepted_after_draining_was_said(start: Start) -> None:
    """
    Connections that come later wait in the queue for the next version.
    """
    worker = start().enter_service()
    kept = worker.connect()
    ask(kept, "a")
    drain(worker)
    late = worker.connect_plainly()
    late.sendall(REQUEST)
    late.settimeout(0.5)

    with pytest.raises(TimeoutError):
        late.recv(1)
    accepted, _ = worker.listener.accept()  # as the next version would
    assert REQUEST == accepted.recv(4096)
    accepted.close()


def test_the_listening_socket_is_left_to_others(start: Start) -> None:
    """
    A worker that has left closes its own descriptor only: the queue goes on taking connections.
    """
    worker = start().enter_service()
    worker.say(command="drain", idle_grace_s=0)
    assert 0 == worker.exit_code()

    worker.connect_plainly().sendall(REQUEST)
    accepted, _ = worker.listener.accept()
    assert REQUEST == accepted.recv(4096)
    accepted.close()


def test_the_end_of_the_supervisor_ends_the_worker(start: Start) -> None:
    """
    Without a supervisor a worker finishes what runs and leaves at once, idle connections or not.
    """
    worker = start().enter_service()
    idle, busy = worker.connect(), worker.connect()
    ask(idle, "a")
    busy.request("POST", "/score", "sleep 0.6")
    time.sleep(0.2)
    worker.line.close()

    assert b'"sleep 0.6"' == busy.getresponse().read()
    assert 0 == worker.exit_code(within_s=3)


def test_a_worker_that_may_not_serve_leaves(start: Start) -> None:
    """
    A supervisor that goes before it lets a worker serve does not leave it behind.
    """
    worker = start()
    assert {"state": "ready"} == worker.hear()
    worker.line.close()

    assert 0 == worker.exit_code(within_s=5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_bare_server_drains_on_a_signal(start: Start, number: signal.Signals) -> None:
    """
    Without a supervisor SIGTERM and SIGINT begin the drain; the exit code is 0.
    """
    server = start(bare=True, environment={"MODELPORT_IDLE_GRACE_S": "0"})
    connection = server.connect()
    assert 200 == ask(connection, "a")[0]
    connection.request("POST", "/score", "sleep 0.6")
    time.sleep(0.2)
    server.process.send_signal(number)

    assert b'"sleep 0.6"' == connection.getresponse().read()
    assert 0 == server.exit_code()


def test_a_bare_server_does_not_wait_for_ever(start: Start) -> None:
    """
    A caller that never ends its request holds a bare server no longer than the drain limit.
    """
    limits = {"MODELPORT_IDLE_GRACE_S": "0", "MODELPORT_DRAIN_TIMEOUT_S": "1"}
    server = start(bare=True, environment=limits)
    connection = server.connect()
    assert 200 == ask(connection, "a")[0]
    stuck = server.connect_plainly()
    stuck.sendall(REQUEST[:-1])
    time.sleep(0.2)
    server.process.send_signal(signal.SIGTERM)

    assert 0 == server.exit_code(within_s=4)


def test_a_hanging_script_does_not_outlive_its_supervisor(start: Start) -> None:
    """
    A worker that hangs in `run()` is gone after the drain limit, though nobody is left to kill it.
    """
    worker = start(environment={"MODELPORT_DRAIN_TIMEOUT_S": "1"}).enter_service()
    connection = worker.connect()
    connection.request("POST", "/score", "sleep 60")
    time.sleep(0.2)
    worker.line.close()

    assert 0 != worker.exit_code(within_s=5)


def test_programs_of_a_script_do_not_hold_the_port(start: Start, tmp_path: Path) -> None:
    """
    A program that a script leaves running inherits neither the listening socket nor the control channel.
    """
    pid_file = tmp_path / "pid"
    command = f"sleep 30 > /dev/null 2>&1 & echo $! > {pid_file}"
    script = f"import os\n\ndef init():\n    os.system({command!r})\n\ndef run(data):\n    return data\n"
    worker = start(script).enter_service()
    port = worker.port
    worker.process.kill()
    heard = worker.hear()
    worker.listener.close()
    try:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
        assert {} == heard
    finally:
        os.kill(int(pid_file.read_text()), signal.SIGKILL)


def test_requests_under_load_are_answered_through_a_drain(start: Start) -> None:
    """
    Of callers that ask without a pause, none gets a broken answer when the drain begins.
    """
    worker = start().enter_service()
    failures: list[str] = []
    answers: list[int] = []

    def call() -> None:
        connection = worker.connect()
        try:
            while True:
                status, _, told = ask(connection, "a")
                answers.append(status)
                if told == "close":
                    return
        except OSError as error:
            failures.append(repr(error))

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    drain(worker)
    for thread in threads:
        thread.join()

    assert ([], {200}) == (failures, set(answers))
    assert len(answers) > 100
    assert 0 == worker.exit_code()
