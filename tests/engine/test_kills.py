"""`kill -9` and Ctrl-C of `up` at any moment: a plain `up` repairs what they leave."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.engine.dev_stack import DevStack, plain
from tests.engine.snapshot import SERVICES

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PROVIDER_S = 15.0
"""How long a provider may outlive its engine: it looks every half second, and calls in flight have ten to end."""
RANDOM_KILLS = 4
LONGEST_UP_S = 4.0
SCRIPT = "examples/diabetes/score.py"

FIRST_CREATES = (
    "after Create ModelVersion diabetes",
    "after Create ImageBuild diabetes",
    "line unpacking model digits",
    "after Create ServiceKey digits-primary",
    "line starting digits",
    "after Create LocalProcess digits",
    "after Create LocalProcess diabetes",
)
UPDATES = (
    ("before Check ImageBuild diabetes", ""),
    ("after preview Update LocalProcess diabetes", ""),
    ("before Diff LocalProcess diabetes", ""),
    ("after Update ImageBuild diabetes", ""),
    ("before Update LocalProcess diabetes", ""),
    ("line starting diabetes", ""),
    ("line starting diabetes", "and the provider"),
    ("after Update LocalProcess diabetes", "and the provider"),
)
KEY_CHANGES = (
    "after Create ServiceKey diabetes-secondary",
    "after Update LocalProcess diabetes",
    "before Delete ServiceKey diabetes-secondary",
)
INTERRUPTIONS = (
    "before preview Update ImageBuild diabetes",
    "line writing script and runtime",
    "line starting diabetes",
)
REMOVALS = (
    "before Delete LocalProcess digits",
    "after Delete LocalProcess diabetes",
)


@pytest.fixture(name="stack", scope="module")
def stack_with_a_killing_provider(
    tmp_path_factory: pytest.TempPathFactory, service_environment: dict[str, str]
) -> Iterator[DevStack]:
    """Make a project whose provider can end its engine; one for all kills, since they must not add up to anything."""
    stack = DevStack(tmp_path_factory.mktemp("kills") / "project", service_environment)
    stack.edit("Pulumi.yaml", "path: components/modelport/plugin", "path: plugin")
    launcher = stack.root / "plugin" / "pulumi-resource-modelport"
    launcher.parent.mkdir()
    module = Path(__file__).with_name("killing_provider.py")
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u "{module}" "$@"\n')
    launcher.chmod(0o755)
    yield stack
    stack.kill_services()
    for pid in processes_in(stack.root, ""):  # language hosts of killed engines
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def processes_in(folder: Path, text: str) -> list[int]:
    """Find the processes that work in *folder* and have *text* on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                if entry.joinpath("cwd").readlink() == folder and text in entry.joinpath("cmdline").read_text():
                    found.append(int(entry.name))
    return found


def killed_at(stack: DevStack, moment: str, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run `modelport` until *moment*, which must come."""
    mark = stack.root.parent / "mark"
    mark.unlink(missing_ok=True)
    process = stack.start(*arguments, KILL_MOMENT=moment, KILL_MARK=str(mark), **more)
    output, _ = process.communicate(timeout=90)
    assert mark.exists(), f"{moment} never came:\n{plain(output)}"
    return subprocess.CompletedProcess(process.args, process.returncode, output, "")


def wait_until(condition: Callable[[], bool], limit_s: float) -> bool:
    """Wait for *condition*; tell whether it came true."""
    give_up = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.05)
    return True


def without_preview(moment: str) -> list[str]:
    """Give the arguments that save a preview, unless *moment* lies in it."""
    return [] if "preview" in moment else ["--", "--skip-preview"]


def bring_up(stack: DevStack) -> None:
    """Bring the stack up unless it is: each test may be run alone."""
    if not stack.processes():
        stack.up()


def keys_of(stack: DevStack) -> dict[str, str]:
    """Read the primary key of every service."""
    keys = json.loads(stack.run("keys").stdout)
    return {service: each["primary"] for service, each in keys.items()}


def check_repair(stack: DevStack) -> None:
    """After a plain `up` all is as if nobody had been killed; the next has nothing to do."""
    settings = (stack.root / "Pulumi.dev.yaml").read_bytes()
    repaired = stack.up()
    assert settings == (stack.root / "Pulumi.dev.yaml").read_bytes()
    assert [] == pending(stack), plain(repaired)
    assert [200, 200] == [stack.ask(service, key).status for service, key in keys_of(stack).items()], plain(repaired)
    assert wait_until(lambda: not processes_in(stack.root, "provider"), PROVIDER_S)
    check_processes(stack)


def check_processes(stack: DevStack) -> None:
    """Exactly one supervisor per service, and nothing of ours but these and their workers."""
    supervisors = {stack.supervisor(service) for service in SERVICES}
    others = [pid for pid in stack.processes() if pid not in supervisors]
    strays = [pid for pid in others if parent(pid) not in {*supervisors, None}]
    assert 2 == len(supervisors)
    assert [] == [(pid, Path(f"/proc/{pid}/cmdline").read_text()) for pid in strays]


def parent(pid: int) -> int | None:
    """Find the parent of *pid*; ``None`` when it has just ended."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return None


def pending(stack: DevStack) -> list[object]:
    """Read the unfinished operations of the state."""
    [file] = stack.root.glob(".modelport/state/.pulumi/stacks/*/dev.json")
    operations: list[object] = json.loads(file.read_text())["checkpoint"]["latest"].get("pending_operations") or []
    return operations


def change_script(stack: DevStack) -> None:
    """Make the script another one."""
    script = stack.root / SCRIPT
    script.write_text(f"{script.read_text()}CHANGED = {time.monotonic_ns()}\n")


@pytest.mark.parametrize("moment", FIRST_CREATES)
def test_a_first_up_that_was_killed(stack: DevStack, moment: str) -> None:
    """
    Whatever the first `up` had made is taken over or made again by the next.
    """
    if stack.root.joinpath(".modelport/state").exists():
        stack.down()
        for name in ("builds", "models", "store"):
            shutil.rmtree(stack.root / ".modelport" / name)
    killed = killed_at(stack, moment, "up", "--", "--skip-preview")

    assert -signal.SIGKILL == killed.returncode
    check_repair(stack)


@pytest.mark.parametrize(("moment", "also"), UPDATES)
def test_an_update_that_was_killed(stack: DevStack, moment: str, also: str) -> None:
    """
    The old or the new version goes on answering, and the next `up` brings the new one.
    """
    bring_up(stack)
    keys = keys_of(stack)
    change_script(stack)
    killed_at(stack, moment, "up", *without_preview(moment), KILL_PROVIDER=also)

    assert 200 == stack.ask("diabetes", keys["diabetes"]).status
    check_repair(stack)


@pytest.mark.parametrize("moment", KEY_CHANGES)
def test_a_key_change_that_was_killed(stack: DevStack, moment: str) -> None:
    """
    The key that was not changed opens the service all the while; in the end state and service hold the same new one.
    """
    bring_up(stack)
    primary, old = stack.key("diabetes", "primary"), stack.key("diabetes", "secondary")
    text = (stack.root / "Pulumi.dev.yaml").read_text()
    generation = int(re.findall(r"secondary_generation: (\d+)", text)[0]) + 1 if "secondary_generation" in text else 2
    line = f"      keys: {{secondary_generation: {generation}}}\n"
    kept = re.sub(r"      keys: .*\n", "", text)
    (stack.root / "Pulumi.dev.yaml").write_text(kept.replace("    diabetes:\n", f"    diabetes:\n{line}"))
    killed_at(stack, moment, "up", "--", "--skip-preview")

    assert 200 == stack.ask("diabetes", primary).status
    check_repair(stack)
    assert primary == stack.key("diabetes", "primary")
    assert old != (new := stack.key("diabetes", "secondary"))
    assert [200, 401] == [stack.ask("diabetes", key).status for key in (new, old)]


@pytest.mark.parametrize("moment", INTERRUPTIONS)
def test_an_interrupted_up(stack: DevStack, moment: str) -> None:
    """
    Ctrl-C ends `up` in order, without a lock or an unfinished operation of ours that needs a repair by hand.
    """
    bring_up(stack)
    change_script(stack)
    done = killed_at(stack, moment, "up", *without_preview(moment), KILL_SIGNAL="INT")

    assert 0 < done.returncode < 128
    check_repair(stack)


@pytest.mark.parametrize("moment", REMOVALS)
def test_a_down_that_was_killed(stack: DevStack, moment: str) -> None:
    """
    The next `down` ends what is left: no process, no resource.
    """
    bring_up(stack)
    killed_at(stack, moment, "down")
    stack.down()

    assert {} == stack.resources()
    assert [] == pending(stack)
    assert wait_until(lambda: not processes_in(stack.root, "provider"), PROVIDER_S)
    assert [] == stack.processes()


def test_kills_at_random_moments(stack: DevStack) -> None:
    """
    Any other moment does no harm either; the seed is printed, and `KILL_SEED` repeats it.
    """
    seed = int(os.environ.get("KILL_SEED") or time.time_ns() % 1_000_000)
    moments = random.Random(seed)  # noqa: S311 - no secret
    print(f"KILL_SEED={seed}")
    bring_up(stack)
    for _ in range(RANDOM_KILLS):
        delay, number = moments.uniform(0, LONGEST_UP_S), moments.choice((signal.SIGKILL, signal.SIGINT))
        print(f"{number.name} after {delay:.2f} s")
        change_script(stack)
        process = stack.start("up", "--", "--skip-preview")
        time.sleep(delay)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        process.communicate(timeout=90)
        check_repair(stack)
    assert "18 unchanged" in plain(stack.up())
