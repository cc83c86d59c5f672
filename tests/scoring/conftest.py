"""Real services for tests: a supervisor process with its spec, status and log in a folder."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from modelport_scoring.wire import SupervisorSpec, SupervisorStatus

T = TypeVar("T")
SCRIPT = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return {answer!r}\n"


class Service:
    """A supervised service on a free port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.spec: SupervisorSpec = {
            "generation": 0,
            "service": "tested",
            "address": "127.0.0.1",
            "port": self.port,
            "workers": 1,
            "command": [],
            "environment": {"PATH": os.environ["PATH"]},
            "directory": str(folder),
            "ready_timeout_s": 30,
            "drain_timeout_s": 10,
            "idle_grace_s": 1,
            "log": {"path": str(folder / "service.log"), "max_bytes": 1_000_000, "backups": 2},
        }

    @property
    def url(self) -> str:
        """Where it scores."""
        return f"http://127.0.0.1:{self.port}/score"

    @property
    def log(self) -> str:
        """Its log so far."""
        return (self.folder / "service.log").read_text()

    def ask(self, generation: int | None = None, *, script: str = "", **changes: object) -> None:
        """Write the next spec: *script* is the entry script's text, else one that answers the generation's number."""
        number = generation or self.spec["generation"] + 1
        path = self.folder / f"generation_{number}" / "score.py"
        path.parent.mkdir()
        path.write_text(script or SCRIPT.format(answer=number))
        command = [sys.executable, "-P", "-m", "modelport_scoring", "--entry_script", str(path)]
        updates = {"generation": number, "command": command} | changes
        self.spec = cast("SupervisorSpec", self.spec | updates)
        temporary = self.folder / "spec.new"
        temporary.write_text(json.dumps(self.spec))
        temporary.replace(self.folder / "spec.json")
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def start(self) -> "Service":
        """Start the supervisor."""
        command = [sys.executable, "-P", "-m", "modelport_scoring.supervisor", "--spec", str(self.folder / "spec.json")]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        return self

    @property
    def pid(self) -> int:
        """The supervisor's process."""
        assert self.process is not None
        return self.process.pid

    def status(self) -> SupervisorStatus:
        """Give what the supervisor says of itself."""
        return cast("SupervisorStatus", json.loads((self.folder / "status.json").read_text()))

    def worker_pids(self) -> list[int]:
        """Give the processes of all workers."""
        return [worker["pid"] for worker in self.status()["workers"]]

    def wait(self, state: str, generation: int | None = None, within_s: float = 40) -> SupervisorStatus:
        """Wait until the newest generation is in *state*."""
        number = generation or self.spec["generation"]

        def reached() -> SupervisorStatus | None:
            try:
                status = self.status()
            except FileNotFoundError:
                return None
            return status if (status["state"], status["generation"]) == (state, number) else None

        return until(reached, f"generation {number} is {state}", within_s)

    def score(self, path: str = "/score", body: bytes | None = b"{}") -> Any:  # noqa: ANN401  whatever the script answers
        """POST *body*, an empty object unless told otherwise; without a body, GET."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", body, timeout=20) as response:
            return json.loads(response.read())

    def end(self) -> None:
        """Kill whatever is left."""
        if self.process is None:
            return
        pids = self.worker_pids() if (self.folder / "status.json").exists() else []
        self.process.kill()
        self.process.wait()
        for pid in pids:
            if pid and is_alive(pid):
                os.kill(pid, signal.SIGKILL)


def until(reached: Callable[[], T | None], what: str, within_s: float = 20) -> T:
    """Wait for *reached* to give something."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = reached()
        if found:
            return found
        time.sleep(0.02)
    msg = f"not within {within_s} s: {what}"
    raise AssertionError(msg)


def is_alive(pid: int) -> bool:
    """Say whether *pid* runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    yield made
    made.end()
