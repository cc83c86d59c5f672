"""Locks of the embedded backend: what a killed engine leaves, and who holds one now."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from modelport.errors import ModelportError

START_TOLERANCE = timedelta(seconds=2)
"""How exactly a process's start can be told: the kernel counts it in ticks since boot."""


@dataclass(frozen=True)
class Lock:
    """One lock file: the process that wrote it, on which host, when."""

    file: Path
    pid: int
    host: str
    taken_at: datetime


def lock_folder(state: Path, project: str, stack: str) -> Path:
    """Folder with the locks of *stack* in the embedded backend at *state* (Pulumi's file backend, version 1 layout)."""
    return state / ".pulumi" / "locks" / "organization" / project / stack


def release_abandoned(folder: Path) -> list[int]:
    """
    Remove the locks whose process is gone on this host; hand back the process ids.

    Raises `ModelportError` when a living process, or one that cannot be judged from here, holds one.
    """
    released = []
    for lock in _read_all(folder):
        if lock.host != socket.gethostname():
            msg = (
                f"the stack is locked by process {lock.pid} on {lock.host}; "
                f"wait for it, or if it is gone remove {lock.file}"
            )
            raise ModelportError(msg)
        if is_alive(lock):
            msg = (
                f"the stack is being changed by process {lock.pid}; wait for it, or stop it with: kill -INT {lock.pid}"
            )
            raise ModelportError(msg)
        lock.file.unlink(missing_ok=True)  # another run of ours may have been faster
        released.append(lock.pid)
    return released


def is_alive(lock: Lock) -> bool:
    """
    Whether the process that took *lock* still runs: not a zombie, and not a later process with the same id.

    A later process is told by its start; one that is called `pulumi` counts as the holder all the same, since a clock
    that was set meanwhile moves every start.
    """
    try:
        os.kill(lock.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's process: it lives
    try:
        name, _, rest = Path(f"/proc/{lock.pid}/stat").read_text(encoding="utf-8").rpartition(")")
    except OSError:
        return not Path("/proc/self").exists()  # without this file system the signal's answer stands
    fields = rest.split()
    if fields[0] in "ZX":
        return False
    return name.endswith("(pulumi") or _started_at(int(fields[19])) <= lock.taken_at + START_TOLERANCE


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """
    Hold a lock in *folder* as the engine would, so that no engine starts to change the stack meanwhile.

    Raises `ModelportError` when another process holds one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = folder / f"modelport-{os.getpid()}.json"
    content = {
        "pid": os.getpid(),
        "username": str(os.getuid()),
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat(),
    }
    temporary = own.with_suffix(".writing")
    temporary.write_text(json.dumps(content), encoding="utf-8")
    temporary.replace(own)
    try:
        others = [lock for lock in _read_all(folder) if lock.file != own]
        if others:
            msg = f"the stack is being changed by process {others[0].pid}; wait for it"
            raise ModelportError(msg)
        yield
    finally:
        own.unlink(missing_ok=True)


def _read_all(folder: Path) -> list[Lock]:
    return [lock for file in sorted(folder.glob("*.json")) if (lock := _read(file))]


def _read(file: Path) -> Lock | None:
    """Read one lock; ``None`` when its holder removed it just now."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        taken_at = datetime.fromisoformat(content["timestamp"])
        return Lock(file, int(content["pid"]), str(content["hostname"]), taken_at)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"the lock {file} cannot be read; if no `pulumi` runs on this stack, remove it"
        raise ModelportError(msg) from error


def _started_at(ticks: int) -> datetime:
    """Turn a process's start, in clock ticks since boot, into a time."""
    boot = next(
        int(line.split()[1])
        for line in Path("/proc/stat").read_text(encoding="utf-8").splitlines()
        if line.startswith("btime ")
    )
    return datetime.fromtimestamp(boot + ticks / os.sysconf("SC_CLK_TCK"), UTC)
