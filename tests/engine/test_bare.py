"""The engine itself, without our command: the user's own backend and passphrase, in the activated environment."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.dev_stack import ROOT, DevStack, free_port, plain

pytestmark = [pytest.mark.engine, pytest.mark.slow]

Pulumi = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(name="pulumi")
def bare_engine(dev_stack: DevStack, engine_path: Path, tmp_path: Path) -> Iterator[Pulumi]:
    """Run `pulumi` as somebody who has activated the project's environment and has a backend."""
    (tmp_path / "states").mkdir()
    kept = {name: value for name, value in dev_stack.environment.items() if not name.startswith("PULUMI_")}
    environment = {
        **kept,
        "VIRTUAL_ENV": str(ROOT / ".venv"),
        "PATH": os.pathsep.join((str(ROOT / ".venv/bin"), str(engine_path.parent), kept["PATH"])),
        "PULUMI_BACKEND_URL": (tmp_path / "states").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "mine",
        "PULUMI_HOME": str(tmp_path / "pulumi"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(engine_path), *arguments, "--non-interactive"],
            cwd=dev_stack.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert 0 == run("stack", "init", "dev").returncode
    yield run
    run("destroy", "-s", "dev", "--yes")


def test_a_bare_up_works_alone(dev_stack: DevStack, pulumi: Pulumi) -> None:
    """
    `pulumi up` gives answering services, a second one changes nothing, and `pulumi destroy` leaves nothing.
    """
    done = pulumi("up", "-s", "dev", "--yes")
    assert 0 == done.returncode, done.stdout + done.stderr
    keys = json.loads(pulumi("stack", "output", "-s", "dev", "--show-secrets", "--json").stdout)["keys"]
    ports = {service: dev_stack.port_of(service) for service in keys}
    statuses = [dev_stack.ask(service, keys[service]["primary"], ports[service]).status for service in keys]
    again = pulumi("up", "-s", "dev", "--yes")
    destroyed = pulumi("destroy", "-s", "dev", "--yes")

    assert [200, 200] == statuses
    assert "18 unchanged" in plain(again.stdout)
    assert 0 == destroyed.returncode, destroyed.stdout
    assert [] == dev_stack.processes()
    assert [] == [path for path in dev_stack.root.glob(".modelport/run/**/*") if path.is_file()]
    for service, port in ports.items():
        with pytest.raises(ConnectionRefusedError):
            dev_stack.ask(service, "k" * 32, port)


def test_two_backends_of_one_project_stand_beside_each_other(dev_stack: DevStack, pulumi: Pulumi) -> None:
    """
    A fixed port that the other stack's service has is an error at preview; with ports of their own both answer.
    """
    dev_stack.up()
    keys = {service: dev_stack.key(service) for service in ("diabetes", "digits")}
    ports = {service: dev_stack.port_of(service) for service in keys}
    refused = pulumi("up", "-s", "dev", "--yes")
    dev_stack.edit("Pulumi.dev.yaml", f"port: {ports['diabetes']}", f"port: {free_port()}")
    beside = pulumi("up", "-s", "dev", "--yes")
    destroyed = pulumi("destroy", "-s", "dev", "--yes")

    assert 0 != refused.returncode
    assert f"service 'diabetes': port {ports['diabetes']} on 127.0.0.1 is taken by another program" in refused.stdout
    assert (0, 0) == (beside.returncode, destroyed.returncode), beside.stdout + beside.stderr + destroyed.stdout
    assert [200, 200] == [dev_stack.ask(service, key, ports[service]).status for service, key in keys.items()]
