"""The provider as a process: how it starts, what it says of itself, when it leaves."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as messages

from tests.provider_process import ENVIRONMENT, ProviderProcess

PLUGIN = Path(__file__).resolve().parents[3] / "components/modelport/plugin/pulumi-resource-modelport"


def test_the_launcher_starts_the_provider(project: Path) -> None:
    """
    The file that the engine starts prints a port, and nothing else, on its first line.
    """
    process = subprocess.Popen([PLUGIN, "127.0.0.1:1"], stdout=subprocess.PIPE, cwd=project, text=True)
    assert process.stdout is not None
    port = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)

    assert int(port) in range(1, 65536)
    assert 0 == process.returncode


def test_cancel_ends_the_process(provider: ProviderProcess) -> None:
    """
    After Cancel the provider leaves by itself.
    """
    provider.stub.Cancel(empty_pb2.Empty())

    assert 0 == provider.process.wait(timeout=20)


def test_the_provider_ends_when_the_engine_was_killed(project: Path) -> None:
    """
    A provider whose parent is gone does not stay behind.
    """
    code = (
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-m', 'modelport.provider'],"
        " stdout=subprocess.PIPE); p.stdout.readline(); print(p.pid, flush=True); sys.stdin.read()"
    )
    engine = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=project, text=True
    )
    assert engine.stdout is not None
    pid = int(engine.stdout.readline())
    engine.kill()
    engine.communicate()

    assert _gone(pid)


def test_the_schema_names_every_resource(provider: ProviderProcess) -> None:
    """
    What the provider serves is what its schema tells other languages.
    """
    schema = json.loads(provider.stub.GetSchema(messages.GetSchemaRequest()).schema)

    kinds = ("ModelVersion", "ImageBuild", "LocalProcess", "LoadedImage", "ServiceKey")
    assert {f"modelport:index:{kind}" for kind in kinds} == set(schema["resources"])


def test_a_new_version_of_the_provider_replaces_nothing(provider: ProviderProcess) -> None:
    """
    DiffConfig answers "none", whatever the configuration was.
    """
    answer = provider.stub.DiffConfig(messages.DiffRequest(urn="urn", id="id"))

    assert messages.DiffResponse.DIFF_NONE == answer.changes


def test_the_passphrase_is_not_needed(project: Path) -> None:
    """
    The provider works in an environment of a few names.
    """
    assert "PULUMI_CONFIG_PASSPHRASE" not in ENVIRONMENT
    with ProviderProcess(project) as provider:
        assert provider.port


def _gone(pid: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        signal.sigtimedwait([], 0.1)
    return False
