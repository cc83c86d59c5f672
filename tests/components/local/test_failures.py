"""What goes wrong with a service on this machine, and what is left of it then."""

import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from modelport.local import machine

from tests.loadgen import BackgroundLoad
from tests.provider_process import ProviderProcess, text
from tests.provider_stack import SCRIPT, ProviderStack

pytestmark = [pytest.mark.slow, pytest.mark.alone]

Ask = Callable[[ProviderStack, str], str]

FAILING = SCRIPT.replace("def init():\n", "def init():\n    raise KeyError('column')\n")
HANGING = SCRIPT.replace("def init():\n", "def init():\n    import time; time.sleep(600)\n")


def failure(stack: ProviderStack) -> str:
    """Bring the stack up; return the text of its failure."""
    with pytest.raises(grpc.RpcError) as raised:
        stack.up()
    return str(raised.value.details())


def test_a_script_that_fails_at_first_leaves_nothing_running(stack: ProviderStack) -> None:
    """
    The error shows the reason, the model folder and the log; the process is gone; the next good `up` works.
    """
    stack.write(script=FAILING)
    shown = failure(stack)
    processes_left = machine.runs(int(str(stack.status()["pid"])), str(stack.run_folder / "spec.json"))
    stack.write()
    stack.up()

    assert "service 'echo' did not become ready: init() raised KeyError: 'column' (score.py:8)" in shown
    assert "nothing runs" in shown
    assert "  model.txt" in shown
    assert "raise KeyError('column')" in shown
    assert not processes_left


def test_a_failed_start_is_recorded(stack: ProviderStack) -> None:
    """
    The engine is told that the resource is there but does not work, so that `down` can remove it.
    """
    stack.write(script=FAILING)
    with pytest.raises(grpc.RpcError) as raised:
        stack.up()
    [(_, details)] = [each for each in raised.value.trailing_metadata() if each[0] == "grpc-status-details-bin"]

    assert b"ErrorResourceInitFailed" in details
    assert b"failed" in details


def test_a_changed_script_that_fails_leaves_the_old_one_serving(stack: ProviderStack, ask: Ask) -> None:
    """
    The failed version answers nobody; the next good one takes over.
    """
    stack.up()
    stack.write(script=FAILING)
    shown = failure(stack)
    meanwhile = ask(stack, stack.key())
    stack.write(script=SCRIPT.replace("script 1", "script 3"))
    stack.up()

    assert "the running version keeps answering" in shown
    assert '"script 1, model 1"' == meanwhile
    assert '"script 3, model 1"' == ask(stack, stack.key())


def test_the_old_script_again_after_a_failure_changes_nothing_more(stack: ProviderStack, ask: Ask) -> None:
    """
    Taking the change back is an update that finds what it wants already serving.
    """
    stack.up()
    stack.write(script=FAILING)
    failure(stack)
    stack.write()
    stack.up()

    assert ["LocalProcess"] == stack.changed[-1:]
    assert '"script 1, model 1"' == ask(stack, stack.key())


def test_a_script_that_hangs_fails_within_the_readiness_limit(tmp_path: Path, stack: ProviderStack) -> None:
    """
    The limit is the service's own, and the message states it.
    """
    stack.write(script=HANGING)
    stack.ready_timeout_s = 2
    began = time.monotonic()
    shown = failure(stack)

    assert "2 s" in shown
    assert 10 > time.monotonic() - began


def test_a_port_of_another_program_is_refused_before_anything_is_made(stack: ProviderStack) -> None:
    """
    Check names service, port and way out; nothing of the service exists then.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        refused = stack.provider.refusals(
            "LocalProcess", "echo", {"service": "echo", "image": "i", "models": [], "port": port}
        )

    assert [
        (
            "port",
            (
                f"service 'echo': port {port} on 127.0.0.1 is taken by another program; "
                "stop that program, or give another port (or none: a free one is chosen)"
            ),
        )
    ] == refused
    assert not (stack.project / ".modelport/run").exists()


def test_two_services_cannot_have_one_port(stack: ProviderStack) -> None:
    """
    The second of two services in one run is refused, and both are named.
    """
    port = 28765
    stack.provider.check("LocalProcess", "one", {"service": "one", "image": "i", "models": [], "port": port})
    refused = stack.provider.refusals(
        "LocalProcess", "two", {"service": "two", "image": "i", "models": [], "port": port}
    )

    reason = f"port {port} on 127.0.0.1 is asked for by services 'one' and 'two'; give each its own"
    assert [("port", reason)] == refused


@pytest.mark.parametrize(
    ("inputs", "refusal"),
    [
        ({"port": 70000}, ("port", "port 70000 is out of range; give one from 1 to 65535, or none")),
        ({"workers": 0}, ("workers", "0 is out of range; give 1 to 256")),
        ({"workers": "two"}, ("workers", "must be a whole number, not a str")),
        ({"readyTimeoutS": 0}, ("readyTimeoutS", "0 is out of range; give more than 0 to 3600")),
        (
            {"address": "localhost"},
            (
                "address",
                "address 'localhost' is no IP address; use 127.0.0.1 (this machine only) or one of this host's",
            ),
        ),
        (
            {"service": "My Service"},
            (
                "service",
                (
                    "service name 'My Service' is not allowed: 3 to 32 lowercase letters, digits or '-', "
                    "the first a letter, the last no '-'; try 'my-service'"
                ),
            ),
        ),
    ],
)
def test_inputs_out_of_bounds_are_refused(
    stack: ProviderStack, inputs: dict[str, str | int | float], refusal: tuple[str, str]
) -> None:
    """
    Each message names the value, the bound and the way out.
    """
    refused = stack.provider.refusals("LocalProcess", "echo", {"service": "echo", "image": "i", "models": [], **inputs})

    assert [refusal] == refused


def test_the_record_of_another_machine_is_an_error(stack: ProviderStack) -> None:
    """
    The message names both machines and both ways out; the record is left alone.
    """
    stack.up()
    file = stack.run_folder / "record.json"
    ours = file.read_text()
    record = json.loads(ours)
    record["machine"] = {"id": "0" * 32, "name": "laptop-of-a-colleague"}
    file.write_text(json.dumps(record))
    stack.generations["primary"] = 2
    shown = failure(stack)
    after = file.read_text()
    file.write_text(ours)

    assert f"service 'echo' was started on machine 'laptop-of-a-colleague', this is '{socket.gethostname()}'" in shown
    assert json.loads(after) == record


def test_a_killed_worker_loses_at_most_what_it_held(stack: ProviderStack) -> None:
    """
    `kill -9` of one of two workers under load: the rest is answered, and the worker comes back.
    """
    stack.workers = 2
    stack.up()
    workers = stack.status()["workers"]
    assert isinstance(workers, list)
    with BackgroundLoad(stack.url, rate_per_s=200, key=stack.key()) as load:
        time.sleep(0.5)
        os.kill(workers[0]["pid"], signal.SIGKILL)
        time.sleep(2)
    # What the worker held cannot be seen from here; at 200 requests a second of some milliseconds each it is a few.
    states = [worker["state"] for worker in _workers(stack)]

    assert load.result.lost <= 3
    assert ["serving", "serving"] == states


def test_a_dead_supervisor_is_found_and_repaired(stack: ProviderStack, ask: Ask) -> None:
    """
    After `kill -9` of the supervisor its workers leave, Diff sees it, and a plain `up` starts the service again.
    """
    stack.up()
    pid = int(str(stack.status()["pid"]))
    os.kill(pid, signal.SIGKILL)
    assert machine.wait_until_gone(pid, str(stack.run_folder / "spec.json"), timeout_s=5)
    stack.up()

    assert ["LocalProcess"] == stack.changed
    assert pid != stack.status()["pid"]
    assert '"script 1, model 1"' == ask(stack, stack.key())


def test_an_interrupted_update_is_found(stack: ProviderStack) -> None:
    """
    A provider that was killed in the middle of a change leaves a record that says so; the next `up` finishes.
    """
    stack.up()
    file = stack.run_folder / "record.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"digest": ""}))
    stack.up()

    assert ["LocalProcess"] == stack.changed
    assert json.loads(file.read_text())["digest"]


def test_an_interrupted_creation_is_adopted(stack: ProviderStack, ask: Ask) -> None:
    """
    When the engine does not know of a service that runs, creating it again takes it over: no second process.
    """
    stack.up()
    pid = stack.status()["pid"]
    del stack.known["LocalProcess", "echo"]
    stack.up()

    assert pid == stack.status()["pid"]
    assert '"script 1, model 1"' == ask(stack, stack.key())


def test_down_removes_process_and_files(stack: ProviderStack) -> None:
    """
    Nothing listens, no process is left, and the models are free.
    """
    stack.up()
    pid, run, port = int(str(stack.status()["pid"])), stack.run_folder, int(str(stack.url.split(":")[2].split("/")[0]))
    stack.down()

    assert not machine.runs(pid, str(run / "spec.json"))
    assert not run.exists()
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    assert "references" not in (stack.project / ".modelport/store/modelport.json").read_text() or {} == json.loads(
        (stack.project / ".modelport/store/modelport.json").read_text()
    ).get("references")


def test_a_build_that_was_deleted_is_made_again(stack: ProviderStack) -> None:
    """
    `git clean` may take what can be made again; the image's Diff sees it, the service goes on.
    """
    stack.up()
    status = stack.status()
    for build in (stack.project / ".modelport/builds").iterdir():
        (build / "build.json").unlink(missing_ok=True) if build.is_dir() else None
    stack.up()

    assert ["ImageBuild"] == stack.changed
    assert status == stack.status()


def test_a_corrupt_model_is_named_and_never_served(stack: ProviderStack, ask: Ask) -> None:
    """
    A changed byte in the store is found by digest when the model is unpacked; the running version keeps answering.
    """
    stack.up()
    blobs = (stack.project / ".modelport/store/blobs/sha256").iterdir()
    [layer] = [blob for blob in blobs if b"model 1" in blob.read_bytes()]
    layer.write_bytes(layer.read_bytes().replace(b"model 1", b"model 3"))
    for folder in ("builds", "models"):
        shutil.rmtree(stack.project / ".modelport" / folder)
    shown = failure(stack)

    assert f"sha256:{layer.name}" in shown
    assert '"script 1, model 1"' == ask(stack, stack.key())


def test_cancel_takes_back_a_start(stack: ProviderStack) -> None:
    """
    Ctrl-C during a start leaves no process.
    """
    stack.write(script=HANGING)
    threading.Timer(2.0, lambda: _cancel(stack.provider)).start()
    shown = failure(stack)

    assert "cancelled" in shown
    assert not machine.runs(int(str(stack.status()["pid"])), str(stack.run_folder / "spec.json"))


def test_the_port_of_a_service_stays_when_none_is_asked_for(stack: ProviderStack) -> None:
    """
    A chosen port is kept over changes.
    """
    first = text(stack.up(), "scoringUrl")
    stack.write(model="model 2")

    assert first == text(stack.up(), "scoringUrl")


def test_another_port_is_a_new_service(stack: ProviderStack, ask: Ask) -> None:
    """
    A changed port replaces the process; the old port is free again.
    """
    old = text(stack.up(), "scoringUrl")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        stack.port = probe.getsockname()[1]
    stack.up()

    assert f"http://127.0.0.1:{stack.port}/score" == stack.url
    assert '"script 1, model 1"' == ask(stack, stack.key())
    with (
        pytest.raises(ConnectionRefusedError),
        socket.create_connection(("127.0.0.1", int(old.split(":")[2].split("/")[0])), timeout=5),
    ):
        pass


def _workers(stack: ProviderStack) -> list[dict[str, object]]:
    workers = stack.status()["workers"]
    assert isinstance(workers, list)
    return workers


def _cancel(provider: ProviderProcess) -> None:
    provider.stub.Cancel(empty_pb2.Empty())
