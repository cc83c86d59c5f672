"""A service that runs without a record in any state: what a killed update leaves."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from modelport.provider.values import Properties
from modelport.stack_identity import StackIdentity
from modelport.workspace import Workspace

from tests.provider_process import ProviderProcess

IMAGE = "oci-layout:.modelport/store/images/digits:" + "a" * 64
LISTENER = (
    "import socket, sys; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); input()"
)


@pytest.fixture(name="left")
def supervisor_left_running(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Have a process hold the port of service `digits`, with the files of a supervisor; gives the port."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///backend")
    folder = Workspace(project).run / StackIdentity.of(project, "project", "dev").label / "digits"
    folder.mkdir(parents=True)
    spec = folder / "spec.json"
    with subprocess.Popen(
        [sys.executable, "-c", LISTENER, str(spec)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        spec.write_text(json.dumps({"address": "127.0.0.1", "port": port}))
        (folder / "status.json").write_text(json.dumps({"pid": process.pid, "generation": 1, "serving_generation": 1}))
        yield port
        process.communicate("\n")


def inputs(service: str, port: int | None) -> Properties:
    """Write the least that a service is declared by; everything else has a default."""
    asked: Properties = {} if port is None else {"port": port}
    return {"service": service, "image": IMAGE, "models": ["digits:1"], **asked}


@pytest.mark.parametrize("given", [True, False], ids=["a fixed port", "no port"])
def test_its_port_stays_its_own(
    start_provider: Callable[[], ProviderProcess],
    left: int,
    given: bool,  # noqa: FBT001 - a case of the table
) -> None:
    """
    The service that a killed create has left is offered the port that it holds, asked for or not.
    """
    checked = start_provider().check("LocalProcess", "digits", inputs("digits", left if given else None))

    assert left == checked["port"]


def test_another_service_does_not_get_it(start_provider: Callable[[], ProviderProcess], left: int) -> None:
    """
    Only the service itself may take the port over.
    """
    [(name, reason)] = start_provider().refusals("LocalProcess", "figures", inputs("figures", left))

    assert ("port", True) == (name, "is taken by another program" in reason)
