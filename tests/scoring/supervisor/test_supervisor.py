"""The supervisor with real workers."""

import os
import signal
import socket
import time

import pytest

from tests.loadgen import BackgroundLoad
from tests.scoring.conftest import Service, is_alive, until

pytestmark = [pytest.mark.slow, pytest.mark.alone]

RAISING = "def init():\n    raise KeyError('no such weight')\n\n\ndef run(data):\n    return 1\n"
SLOW = "import time\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    time.sleep(1.5)\n    return 'late'\n"


def test_ten_changes_under_load_lose_nothing(service: Service) -> None:
    """
    Ten generations replace each other at 200 requests a second, and every request is answered.
    """
    service.ask()
    service.start().wait("serving")
    with BackgroundLoad(service.url, rate_per_s=200) as load:
        for _ in range(10):
            service.ask()
            service.wait("serving")
            time.sleep(0.1)
        time.sleep(1.2)
    result = load.stop()
    print(f"10 changes, {result.sent} sent, {result.lost} lost, slowest {result.slowest_s:.3f} s")

    assert [] == result.failures
    assert result.sent == result.answered
    assert result.rate_per_s > 180
    assert 11 == service.score()


def test_workers_come_and_go_without_loss(service: Service) -> None:
    """
    More workers, then fewer: slots are added and removed under load, and every request is answered.
    """
    service.ask()
    service.start().wait("serving")
    with BackgroundLoad(service.url, rate_per_s=200) as load:
        for workers in (3, 1, 2, 1, 3, 2):
            service.ask(workers=workers)
            service.wait("serving")
            time.sleep(1.2)  # the old workers' idle grace
        assert 2 == len(service.worker_pids())
    result = load.stop()

    assert [] == result.failures


def test_a_killed_worker_comes_back(service: Service) -> None:
    """
    A worker that is killed loses at most what it held, and its slot is filled again.
    """
    service.ask(workers=2)
    service.start().wait("serving")
    victim = service.worker_pids()[0]
    with BackgroundLoad(service.url, rate_per_s=200) as load:
        time.sleep(0.5)
        os.kill(victim, signal.SIGKILL)
        until(lambda: [w for w in service.status()["workers"] if w["restarts"] and w["state"] == "serving"], "restart")
        time.sleep(0.5)
    result = load.stop()

    assert result.lost <= 10  # a kept connection each, at most
    assert victim not in service.worker_pids()
    assert "was ended by signal 9" in service.log


def test_a_dying_supervisor_takes_its_workers_along(service: Service) -> None:
    """
    Without a supervisor a worker answers what runs, lets go of the port and ends; a new supervisor takes over.
    """
    service.ask(workers=2)
    service.start().wait("serving")
    pids = service.worker_pids()
    os.kill(service.pid, signal.SIGKILL)
    assert service.process is not None
    service.process.wait()
    (service.folder / "status.json").unlink()
    service.start().wait("serving")

    assert 1 == service.score()
    until(lambda: not any(map(is_alive, pids)) or None, "the old workers are gone")


def test_a_running_request_outlives_the_supervisor(service: Service) -> None:
    """
    A request that runs while the supervisor is killed is answered.
    """
    service.ask(script=SLOW)
    service.start().wait("serving")
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        time.sleep(0.3)
        os.kill(service.pid, signal.SIGKILL)
        answer = _read_all(client)

    assert answer.endswith(b'"late"')


def test_a_hanging_worker_ends_soon_after_its_supervisor(service: Service) -> None:
    """
    A worker that hangs in a script does not outlive its supervisor by more than the drain limit.
    """
    service.ask(script=SLOW.replace("1.5", "600"), drain_timeout_s=0.5)
    service.start().wait("serving")
    pids = service.worker_pids()
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        time.sleep(0.3)
        os.kill(service.pid, signal.SIGKILL)

        until(lambda: not any(map(is_alive, pids)) or None, "the worker is gone", within_s=5)


def test_a_generation_that_fails_leaves_the_older_one(service: Service) -> None:
    """
    When init() raises, the status says why and where, and the older generation goes on answering.
    """
    service.ask()
    service.start().wait("serving")
    service.ask(script=RAISING)
    status = service.wait("failed")

    assert "init() raised KeyError: 'no such weight' (score.py:2)" == status["reason"]
    assert 1 == status["serving_generation"]
    assert 1 == service.score()
    service.ask()
    service.wait("serving")
    assert 3 == service.score()


def test_a_first_generation_that_fails_ends_the_supervisor(service: Service) -> None:
    """
    With nothing that could serve, the supervisor says why and exits with 3.
    """
    service.ask(script=RAISING)
    service.start().wait("failed")
    assert service.process is not None

    assert 3 == service.process.wait(10)
    assert "Traceback" in service.log


def test_a_worker_that_never_gets_ready_fails_its_generation(service: Service) -> None:
    """
    A generation that takes longer than the limit fails, and its workers are killed.
    """
    service.ask()
    service.start().wait("serving")
    service.ask(
        script="import time\n\n\ndef init():\n    time.sleep(600)\n\n\ndef run(data): ...\n", ready_timeout_s=0.7
    )
    status = service.wait("failed")

    assert "worker 0 was still starting after 0.7 s" == status["reason"]
    assert 1 == service.score()


def test_a_taken_port_is_said(service: Service) -> None:
    """
    A port that another program of the same user listens on is refused, even if that one shares its port.
    """
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", service.port))
        other.listen()
        service.ask()
        status = service.start().wait("failed")
        assert service.process is not None
        code = service.process.wait(10)

    assert f"port {service.port} on 127.0.0.1 is taken by another program" == status["reason"]
    assert 3 == code


def test_stopping_finishes_what_runs(service: Service) -> None:
    """
    SIGTERM frees the port, answers what runs, ends with 0 and leaves no process.
    """
    service.ask(script=SLOW)
    service.start().wait("serving")
    pids = service.worker_pids()
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        time.sleep(0.3)
        assert service.process is not None
        service.process.terminate()
        answer = _read_all(client)

    assert 0 == service.process.wait(10)
    assert answer.endswith(b'"late"')
    assert "stopped" == service.status()["state"]
    assert not any(map(is_alive, pids))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", service.port))


def test_stopping_answers_what_is_queued(service: Service) -> None:
    """
    Connections that wait in the queue of a busy worker when the service is stopped are answered.
    """
    service.ask(script=SLOW.replace("1.5", "0.5"))
    service.start().wait("serving")
    clients = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(4)]
    clients[0].sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    time.sleep(0.2)
    late = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(4)]
    for client in (*clients[1:], *late):
        client.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    assert service.process is not None
    service.process.terminate()
    answers = [_read_all(client) for client in (*clients, *late)]
    for client in (*clients, *late):
        client.close()

    assert [True] * 8 == [answer.endswith(b'"late"') for answer in answers]


def test_a_request_that_exceeds_the_drain_limit_is_cut(service: Service) -> None:
    """
    A worker that does not finish within the drain limit is killed.
    """
    service.ask(script=SLOW.replace("1.5", "600"), drain_timeout_s=0.5)
    service.start().wait("serving")
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        time.sleep(0.3)
        assert service.process is not None
        service.process.terminate()

        assert 0 == service.process.wait(5)
    assert "did not finish within 0.5 s" in service.log


def test_an_idle_connection_may_ask_once_more(service: Service) -> None:
    """
    During a drain an idle kept connection is answered by the old worker, and told to close.
    """
    service.ask(idle_grace_s=5)
    service.start().wait("serving")
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        request = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
        client.sendall(request)
        first = _read_answer(client)
        service.ask()
        service.wait("serving")
        client.sendall(request)
        second = _read_all(client)

    assert b"connection: close" not in first
    assert b"connection: close" in second
    assert second.endswith(b"1")


def test_an_idle_connection_is_closed_after_the_grace(service: Service) -> None:
    """
    A kept connection that stays idle is closed when the grace is over, and the old worker ends.
    """
    service.ask(idle_grace_s=0.3)
    service.start().wait("serving")
    old = service.worker_pids()
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        _read_answer(client)
        service.ask()
        service.wait("serving")

        assert b"" == _read_all(client)
    until(lambda: not any(map(is_alive, old)) or None, "the old worker is gone")


def test_pipelined_requests_are_all_answered(service: Service) -> None:
    """
    Requests that wait behind a running one when the drain begins are answered; only the last says close.
    """
    service.ask(script=SLOW.replace("1.5", "0.5"))
    service.start().wait("serving")
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}" * 3)
        time.sleep(0.2)
        assert service.process is not None
        service.process.terminate()
        answers = _read_all(client)

    assert 3 == answers.count(b'"late"')
    assert 1 == answers.count(b"connection: close")


def test_a_crashing_worker_is_restarted_ever_more_slowly(service: Service) -> None:
    """
    The waits before restarts double from 0.1 s.
    """
    init = "def init():\n    threading.Timer(0.3, os._exit, [7]).start()\n"
    service.ask(script=f"import os, threading\n\n\n{init}\n\ndef run(data): ...\n")
    service.start().wait("serving")
    until(lambda: service.log.count("is started again") >= 3 or None, "three restarts")

    waits = [line.rpartition("again in ")[2] for line in service.log.splitlines() if "is started again" in line]
    assert ["0.1 s", "0.2 s", "0.4 s"] == waits[:3]


def test_the_log_rotates_and_keeps_lines_whole(service: Service) -> None:
    """
    The log and its backups stay within their size, and lines of two workers never mix.
    """
    script = "def init():\n    for n in range(2000):\n        print('x' * 50 + str(n))\n\n\ndef run(data): ...\n"
    log = {"path": str(service.folder / "service.log"), "max_bytes": 20_000, "backups": 2}
    service.ask(script=script, workers=2, log=log)
    service.start().wait("serving")

    files = sorted(service.folder.glob("service.log*"))
    assert ["service.log", "service.log.1", "service.log.2"] == [file.name for file in files]
    assert all(file.stat().st_size <= 20_000 + 65_536 for file in files)
    lines = "".join(file.read_text() for file in files).splitlines()
    assert [] == [line for line in lines if "xx" in line and not line.startswith("x" * 50)]


def test_an_unwritable_log_does_not_stop_serving(service: Service) -> None:
    """
    Without a log to write to, the service answers all the same.
    """
    (service.folder / "file").touch()
    service.ask(log={"path": str(service.folder / "file" / "service.log"), "max_bytes": 1000, "backups": 1})
    service.start().wait("serving")

    assert 1 == service.score()


def test_an_orphan_of_a_worker_is_ended(service: Service) -> None:
    """
    A process that a script has started ends with its worker.
    """
    script = (
        "import subprocess\n\n\ndef init():\n    global child\n    child = subprocess.Popen(['sleep', '600'])\n\n\n"
        "def run(data):\n    return child.pid\n"
    )
    service.ask(script=script)
    service.start().wait("serving")
    child = service.score()
    os.kill(service.worker_pids()[0], signal.SIGKILL)

    until(lambda: not is_alive(child) or None, "the child is gone")


def test_a_newer_spec_supersedes_one_that_is_starting(service: Service) -> None:
    """
    While a generation starts, a newer one takes its place; the workers of the former end.
    """
    service.ask()
    service.start().wait("serving")
    service.ask(script="import time\n\n\ndef init():\n    time.sleep(600)\n\n\ndef run(data): ...\n")
    service.wait("starting")
    service.ask()
    service.wait("serving")

    assert 3 == service.score()
    until(lambda: {3} == {worker["generation"] for worker in service.status()["workers"]} or None, "only 3 is left")


def test_another_port_is_refused(service: Service) -> None:
    """
    A running service cannot move; it says so and goes on.
    """
    service.ask()
    service.start().wait("serving")
    service.ask(port=1)
    status = service.wait("failed")

    assert "a running service cannot move to port 1 on 127.0.0.1; start another one" in status["reason"]
    assert 1 == service.score()


def test_a_missing_interpreter_is_said(service: Service) -> None:
    """
    A command that cannot be started fails the generation with the reason.
    """
    service.ask()
    service.start().wait("serving")
    service.ask(command=["/no/such/python"])

    assert "/no/such/python" in service.wait("failed")["reason"]


def _read_all(client: socket.socket) -> bytes:
    client.settimeout(10)
    parts = []
    while part := client.recv(4096):
        parts.append(part)
    return b"".join(parts)


def _read_answer(client: socket.socket) -> bytes:
    """Read one answer of one byte, as the default script gives it."""
    received = b""
    while not received.partition(b"\r\n\r\n")[2]:
        received += client.recv(4096)
    return received
