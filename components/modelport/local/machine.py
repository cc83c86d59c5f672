"""Which machine this is, and which of its processes is ours."""

import os
import signal
import socket
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

_MACHINE_ID_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_POLL_S = 0.02


@dataclass(frozen=True)
class Machine:
    """A machine: *id* tells it apart, *name* is for people."""

    id: str
    name: str

    @classmethod
    def this(cls) -> "Machine":
        """Identify this machine; containers and virtual machines that share an id differ by their name."""
        ids = (path.read_text().strip() for path in _MACHINE_ID_FILES if path.is_file())
        return cls(next((text for text in ids if text), f"{uuid.getnode():012x}"), socket.gethostname())


def runs(pid: int, argument: str) -> bool:
    """
    Tell whether process *pid* lives and was started with *argument* on its command line.

    A zombie is dead. The argument (a path of ours) makes a reused process number harmless.
    """
    folder = Path(f"/proc/{pid}")
    if Path("/proc/self/stat").exists():
        return _state(folder) not in {"", "Z", "X"} and argument in _arguments(folder)
    listing = subprocess.run(
        ["/bin/ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return argument in listing and not listing.lstrip().startswith("Z")


def stop(pid: int, argument: str, timeout_s: float) -> None:
    """Ask process *pid* (`runs`) to end; kill it after *timeout_s*."""
    if not runs(pid, argument):
        return
    _signal(pid, signal.SIGTERM)
    if not wait_until_gone(pid, argument, timeout_s):
        _signal(pid, signal.SIGKILL)
        wait_until_gone(pid, argument, timeout_s=5)


def hang_up(pid: int) -> None:
    """Tell a supervisor to read its specification again."""
    _signal(pid, signal.SIGHUP)


def wait_until_gone(pid: int, argument: str, timeout_s: float) -> bool:
    """Wait for the end of *pid*; tell whether it came within *timeout_s*."""
    deadline = time.monotonic() + timeout_s
    while runs(pid, argument):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # ended in between: what was wanted


def _state(folder: Path) -> str:
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def _arguments(folder: Path) -> list[str]:
    try:
        return (folder / "cmdline").read_bytes().decode(errors="surrogateescape").split("\0")
    except OSError:
        return []
