"""Keys are in the answers of `modelport keys` and nowhere else."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine.dev_stack import DevStack

pytestmark = [pytest.mark.engine, pytest.mark.slow]

OWN_KEY = "a-key-of-the-users-own-0123456789"
PASSPHRASE = "a passphrase of the user's own"


@dataclass(frozen=True)
class Deployed:
    """A stack that is up with generated keys and one of the user's own; *outputs* is all that the commands printed."""

    stack: DevStack
    secrets: tuple[str, ...]
    outputs: dict[str, str]


@pytest.fixture(scope="module", name="deployed")
def stack_with_a_key_of_the_users_own(
    tmp_path_factory: pytest.TempPathFactory, service_environment: dict[str, str], engine_path: Path
) -> Iterator[Deployed]:
    """Bring a stack up whose key is encrypted in the stack file, then print all that can be printed of it."""
    root = tmp_path_factory.mktemp("secrets")
    environment = {**service_environment, "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}
    stack = DevStack(root / "project", environment)
    encrypt(stack, engine_path, root)
    outputs = {"up": stack.up()}
    stack.edit("examples/diabetes/score.py", "def run(", "VERSION = 2\n\n\ndef run(")
    outputs["preview"] = stack.run("preview", "--", "--diff").stdout
    outputs["changing up"] = stack.up()
    outputs["outputs"] = stack.run("outputs").stdout
    outputs["logs"] = stack.run("logs", "diabetes", "-n", "1000").stdout
    keys = [stack.key(service, which) for service in ("diabetes", "digits") for which in ("primary", "secondary")]
    yield Deployed(stack, (*keys, PASSPHRASE), outputs)
    stack.kill_services()


def encrypt(stack: DevStack, engine: Path, folder: Path) -> None:
    """Write the key into the stack file as the user would: with the engine's own command."""
    (folder / "states").mkdir()
    backend = {"PULUMI_BACKEND_URL": (folder / "states").as_uri(), "PULUMI_HOME": str(folder / "pulumi")}
    path = ["--path", "modelport:services.diabetes.keys.primary"]
    for arguments in (["stack", "init", "dev"], ["config", "set", "--stack", "dev", "--secret", *path, OWN_KEY]):
        subprocess.run(
            [str(engine), *arguments],
            cwd=stack.root,
            env={**stack.environment, **backend},
            check=True,
            capture_output=True,
        )


def test_the_users_key_is_the_services(deployed: Deployed) -> None:
    """
    A key that is encrypted in the stack file opens the service.
    """
    assert OWN_KEY == deployed.secrets[0]
    assert 200 == deployed.stack.ask("diabetes", OWN_KEY).status


def test_no_file_holds_a_key(deployed: Deployed) -> None:
    """
    State, backups, logs, run folders, staged files: none has a key or the passphrase in clear.
    """
    root = deployed.stack.root
    files = [path for path in root.rglob("*") if path.is_file() and ".venv" not in path.relative_to(root).parts]
    scanned = [path for path in files if "environments" not in path.relative_to(root).parts]
    found = {
        str(path): secret for path in scanned for secret in deployed.secrets if secret.encode() in path.read_bytes()
    }

    assert {"dev.json", "dev.json.bak", "service.log", "keys.json"} <= {path.name for path in scanned}
    assert {} == found


def test_no_process_holds_a_key(deployed: Deployed) -> None:
    """
    Neither command line nor environment of supervisor and workers has a key, the passphrase, or its name.
    """
    pids = deployed.stack.processes()
    texts = [process_text(pid) for pid in pids]

    assert len(pids) >= 4
    for secret in (*deployed.secrets, "PULUMI_CONFIG_PASSPHRASE"):
        assert [] == [text for text in texts if secret in text]


def process_text(pid: int) -> str:
    """Read command line and environment of a process; empty once it has ended."""
    with suppress(OSError):
        return "".join(Path(f"/proc/{pid}/{name}").read_text(errors="replace") for name in ("cmdline", "environ"))
    return ""


def test_no_command_prints_a_key(deployed: Deployed) -> None:
    """
    What people paste into tickets holds no key: updates, a detailed preview, outputs, logs.
    """
    for command, output in deployed.outputs.items():
        assert output, command
        assert [] == [secret for secret in deployed.secrets if secret in output], command


def test_key_files_hold_digests_only(deployed: Deployed) -> None:
    """
    Only their owner can read them.
    """
    for service in ("diabetes", "digits"):
        file = deployed.stack.run_folder(service) / "keys.json"
        assert 0o600 == file.stat().st_mode & 0o777
        assert os.getuid() == file.stat().st_uid
