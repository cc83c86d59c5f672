import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.slow]

RunModelport = Callable[..., "subprocess.CompletedProcess[str]"]
TRACKED = "config:\n  sample:greeting: 3.10   # as written\n"


@pytest.fixture
def killed(empty_project: Path, engine_environment: dict[str, str], modelport: RunModelport) -> Iterator[int]:
    """
    Kill an engine in the middle of an update; gives its process id.

    Its language host is of another process group and outlives it for minutes, as after a user's `kill -9`: ended last.
    """
    assert 0 == modelport("up").returncode
    held = empty_project / "held"
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "modelport"), "up", "--", "--skip-preview"],
        cwd=empty_project,
        env={**engine_environment, "SAMPLE_HOLD": str(held)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    pid = lock_holder(empty_project, held)
    orphans = descendants(pid)
    os.killpg(process.pid, 9)
    process.wait()
    yield pid
    for orphan in orphans:
        with suppress(ProcessLookupError):
            os.kill(orphan, 9)


def descendants(pid: int) -> list[int]:
    """List the processes below *pid*; none where the system does not tell."""
    files = Path(f"/proc/{pid}/task").glob("*/children")  # a child belongs to the thread that started it
    children = [int(child) for file in files for child in file.read_text().split()]
    return [process for child in children for process in (child, *descendants(child))]


def lock_holder(project: Path, held: Path) -> int:
    """Wait until the program runs; give the process id in the lock."""
    give_up = time.monotonic() + 30
    while not held.exists() and time.monotonic() < give_up:
        time.sleep(0.02)
    locks = list((project / ".modelport" / "state" / ".pulumi" / "locks").glob("**/*.json"))
    content: dict[str, int] = json.loads(locks[0].read_text())
    return content["pid"]


def test_a_first_up_writes_in_project_and_cache_only(
    modelport: RunModelport, empty_project: Path, tmp_path: Path
) -> None:
    """
    The tracked file keeps every byte, and the home folder stays empty but for our cache.
    """
    done = modelport("up")

    folder = empty_project / ".modelport"
    assert 0 == done.returncode, done.stdout + done.stderr
    assert TRACKED == (empty_project / "Pulumi.dev.yaml").read_text()
    assert (folder / "Pulumi.dev.yaml").read_text().startswith(f"{TRACKED}encryptionsalt: v1:")
    assert 0o600 == (folder / "passphrase").stat().st_mode & 0o777
    assert ["Pulumi.dev.yaml", "passphrase", "state"] == sorted(entry.name for entry in folder.iterdir())
    assert [".cache"] == [entry.name for entry in (tmp_path / "home").iterdir()]
    assert ["modelport"] == [entry.name for entry in (tmp_path / "home" / ".cache").iterdir()]


def test_every_command_after_the_first_uses_the_same_stack(modelport: RunModelport, empty_project: Path) -> None:
    """
    A second `up` changes nothing, outputs can be read, `down` empties the stack, and again finds it empty.
    """
    modelport("up")
    salt = (empty_project / ".modelport" / "Pulumi.dev.yaml").read_text()

    again = modelport("up")

    assert (0, True) == (again.returncode, "1 unchanged" in again.stdout)
    assert salt == (empty_project / ".modelport" / "Pulumi.dev.yaml").read_text()
    assert "{}\n" == modelport("outputs").stdout
    assert "{}\n" == modelport("keys").stdout
    assert [0, 0, 0] == [modelport(command).returncode for command in ("refresh", "down", "down")]
    assert TRACKED == (empty_project / "Pulumi.dev.yaml").read_text()


def test_a_preview_before_the_first_up_leaves_no_resources(modelport: RunModelport) -> None:
    """
    It needs a stack, so it makes an empty one.
    """
    done = modelport("preview")

    assert (0, True) == (done.returncode, "1 to create" in done.stdout)


def test_what_is_not_there_is_no_work_or_one_line(modelport: RunModelport) -> None:
    """
    `down` of nothing is done; outputs of nothing are an error; a misspelt stack is not created.
    """
    assert (0, "stack 'dev' does not exist: there is nothing to do\n") == (
        (down := modelport("down")).returncode,
        down.stdout,
    )
    missing = modelport("outputs")
    typo = modelport("up", "--stack", "dve")

    assert (1, "modelport: stack 'dev' does not exist yet; run `make up STACK=dev`\n") == (
        missing.returncode,
        missing.stderr,
    )
    assert (1, "modelport: stack 'dve' has no Pulumi.dve.yaml; there are: dev\n") == (typo.returncode, typo.stderr)


def test_the_lock_of_a_killed_engine_is_released(modelport: RunModelport, killed: int) -> None:
    """
    After `kill -9` the next `up` says what it found, and goes on.
    """
    done = modelport("up")

    assert (0, f"modelport: released the lock of process {killed}, which is gone\n") == (done.returncode, done.stderr)


def test_a_living_engine_keeps_its_lock(
    modelport: RunModelport, empty_project: Path, engine_environment: dict[str, str]
) -> None:
    """
    A second `up` beside a running one is one line that names the process; the first is not disturbed.
    """
    modelport("up")
    held = empty_project / "held"
    command = [str(Path(sys.executable).parent / "modelport"), "up", "--", "--skip-preview"]
    with subprocess.Popen(
        command,
        cwd=empty_project,
        env={**engine_environment, "SAMPLE_HOLD": str(held)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as first:
        pid = lock_holder(empty_project, held)
        second = modelport("up")
        os.killpg(first.pid, 2)  # as Ctrl-C does
        first.wait(30)

    message = f"the stack is being changed by process {pid}; wait for it, or stop it with: kill -INT {pid}"
    assert (1, f"modelport: {message}\n") == (second.returncode, second.stderr)
    assert 0 < first.returncode < 128
    assert "" == modelport("up").stderr


def test_unfinished_creates_of_our_own_are_cleared(modelport: RunModelport, empty_project: Path) -> None:
    """
    Ours go, so that the engine does not warn of them; another package's stay, named.
    """
    modelport("up")
    state = empty_project / ".modelport" / "state" / ".pulumi" / "stacks" / "sample" / "dev.json"
    content = json.loads(state.read_text())
    stack = content["checkpoint"]["latest"]["resources"][0]
    types = ("modelport:index:LocalProcess", "other:index:Thing")
    unfinished = [
        {**stack, "urn": f"urn:pulumi:dev::sample::{kind}::x", "type": kind, "custom": True} for kind in types
    ]
    content["checkpoint"]["latest"]["pending_operations"] = [
        {"type": "creating", "resource": resource} for resource in unfinished
    ]
    state.write_text(json.dumps(content))

    done = modelport("up")

    left = json.loads(state.read_text())["checkpoint"]["latest"]["pending_operations"]
    assert 0 == done.returncode, done.stdout + done.stderr
    assert [types[1]] == [operation["resource"]["type"] for operation in left]
    assert [
        f"modelport: urn:pulumi:dev::sample::{types[0]}::x was interrupted while being created; it is tried again",
        f"modelport: urn:pulumi:dev::sample::{types[1]}::x was interrupted (creating); see `pulumi refresh`",
    ] == done.stderr.splitlines()


def test_values_encrypted_by_the_user_are_read_with_the_users_passphrase(
    modelport: RunModelport, empty_project: Path, engine_path: Path, engine_environment: dict[str, str], tmp_path: Path
) -> None:
    """
    A tracked file written by plain `pulumi` works with its passphrase and stays as it is; without it, one line says so.
    """
    backend = {"PULUMI_BACKEND_URL": tmp_path.as_uri(), "PULUMI_HOME": str(tmp_path / "pulumi")}
    passphrase = {"PULUMI_CONFIG_PASSPHRASE": "mine"}
    for arguments in (["stack", "init", "dev"], ["config", "set", "--secret", "--stack", "dev", "greeting", "hello"]):
        environment = {**engine_environment, **backend, **passphrase}
        subprocess.run([engine_path, *arguments], cwd=empty_project, env=environment, check=True, capture_output=True)
    written = (empty_project / "Pulumi.dev.yaml").read_text()

    without = modelport("up")
    done = modelport("up", **passphrase)

    assert (1, True) == (without.returncode, "holds values encrypted with a passphrase: set" in without.stderr)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert written == (empty_project / "Pulumi.dev.yaml").read_text()


def test_a_chosen_backend_holds_the_stack(modelport: RunModelport, empty_project: Path, tmp_path: Path) -> None:
    """
    With a backend of the user's own, nothing is embedded, and the stack is made once and found again.
    """
    (tmp_path / "states").mkdir()
    chosen = {"PULUMI_BACKEND_URL": (tmp_path / "states").as_uri(), "PULUMI_CONFIG_PASSPHRASE": "mine"}

    codes = [modelport("up", **chosen).returncode for _ in range(2)]

    assert [0, 0] == codes
    assert (tmp_path / "states" / ".pulumi" / "stacks" / "sample" / "dev.json").exists()
    assert ["Pulumi.dev.yaml"] == [entry.name for entry in (empty_project / ".modelport").iterdir()]
    assert TRACKED == (empty_project / "Pulumi.dev.yaml").read_text()
