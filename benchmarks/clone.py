"""A fresh clone of the last commit, as a new user has it: nothing installed, tool caches warm."""

import os
import resource
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
OWN = ("PULUMI_", "MODELPORT_", "MAKE", "VIRTUAL_ENV")
"""Variables of the run that called us; a new user has none of them."""


class CommandFailedError(Exception):
    """A measured command failed, so there is no time to report; the text ends with its last lines."""


class Clone:
    """The clone; its services listen on free ports, and are taken away at the end."""

    def __init__(self, parent: Path) -> None:
        self.root = parent / "clone"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
        path = [entry for entry in kept["PATH"].split(os.pathsep) if not Path(entry).is_relative_to(ROOT)]
        self.environment = {**kept, "PATH": os.pathsep.join(path), "NO_COLOR": "1"}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.root.is_dir():
            subprocess.run(["make", "down"], cwd=self.root, env=self.environment, capture_output=True, check=False)  # noqa: S607 - the user's make

    def make(self) -> None:
        """Clone the repository's last commit, and move the one fixed port out of the way of a running stack."""
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(self.root)], check=True)  # noqa: S607 - the user's git
        self.edit("Pulumi.dev.yaml", "port: 8890", f"port: {free_port()}")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace *old*, which must be there, by *new* in a file."""
        file = self.root / name
        text = file.read_text(encoding="utf-8")
        if old not in text:
            msg = f"{name} does not contain {old!r}: the measurement no longer fits the example"
            raise CommandFailedError(msg)
        file.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *command: str) -> str:
        """Run *command* in the clone and return what it printed; raises `CommandFailedError`."""
        return checked(list(command), self.root, self.environment)


def checked(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Run *command* in *folder* and return what it printed. Raises `CommandFailedError`."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        msg = f"`{' '.join(command)}` in {folder} failed with exit code {done.returncode}:\n{tail}"
        raise CommandFailedError(msg)
    return done.stdout


class Stopwatch:
    """What was spent since it was made."""

    def __init__(self) -> None:
        self._started, self._worked = time.monotonic(), _worked_s()

    @property
    def seconds(self) -> float:
        """Seconds on the clock."""
        return time.monotonic() - self._started

    @property
    def processor_seconds(self) -> float:
        """Seconds that commands worked on a core: what other programs do meanwhile hardly changes it."""
        return _worked_s() - self._worked


def _worked_s() -> float:
    """Processor time of all commands that have ended, those that they started included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def free_port() -> int:
    """Find a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
