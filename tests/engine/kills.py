"""Ending `modelport` at a chosen moment, and what must be true after the repair."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.engine.dev_stack import DevStack, plain

PROVIDER_S = 15.0
"""How long a provider may outlive its engine: it looks every half second, and calls in flight have ten to end."""


def use_killing_provider(stack: DevStack) -> None:
    """Have the project start the provider that can end its engine."""
    stack.edit("Pulumi.yaml", "path: components/modelport/plugin", "path: plugin")
    launcher = stack.root / "plugin" / "pulumi-resource-modelport"
    launcher.parent.mkdir()
    module = Path(__file__).with_name("killing_provider.py")
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u "{module}" "$@"\n')
    launcher.chmod(0o755)


def end_all(stack: DevStack) -> None:
    """End services, and the language hosts of killed engines."""
    stack.kill_services()
    for pid in processes_in(stack.root, ""):
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


def check_repair(stack: DevStack) -> None:
    """After a plain `up` all is as if nobody had been killed; the next has nothing to do."""
    settings = (stack.root / "Pulumi.dev.yaml").read_bytes()
    repaired = stack.up()
    assert settings == (stack.root / "Pulumi.dev.yaml").read_bytes()
    assert [] == pending(stack), plain(repaired)
    assert {200} == {stack.ask(service, key).status for service, key in keys_of(stack).items()}, plain(repaired)
    assert wait_until(lambda: not processes_in(stack.root, "provider"), PROVIDER_S)
    check_processes(stack)


def check_processes(stack: DevStack) -> None:
    """Exactly one supervisor per service, and nothing of ours but these and their workers."""
    supervisors = {stack.supervisor(service) for service in stack.services}
    others = [pid for pid in stack.processes() if pid not in supervisors]
    strays = [pid for pid in others if parent(pid) not in {*supervisors, None}]
    assert len(stack.services) == len(supervisors)
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


def keys_of(stack: DevStack) -> dict[str, str]:
    """Read the primary key of every service."""
    keys = json.loads(stack.run("keys").stdout)
    return {service: each["primary"] for service, each in keys.items()}
