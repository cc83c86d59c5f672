"""The dev stack in a project of its own: the shipped program, examples and lock, driven by the shipped script."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py", "modelport.lock", "stack", "examples")
LINKED = ("components", "scoring", ".venv")


def on_a_laptop(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave `CI` out: then the lock takes what it lacks. The shipped lock has no base of the tests."""
    return {name: value for name, value in environment.items() if name != "CI"}


@dataclass(frozen=True)
class Answer:
    """What a service answered."""

    status: int
    body: str


class DevStack:
    """A project folder with a stack `dev`; *environment* is a user's."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.root = root
        self.environment = dict(environment)
        self.port = free_port()
        self.services: tuple[str, ...] = ("diabetes", "digits")
        root.mkdir(parents=True)
        for name in COPIED:
            source = ROOT / name
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, root / name, ignore=ignored) if source.is_dir() else shutil.copy(source, root)
        for name in LINKED:
            (root / name).symlink_to(ROOT / name)
        self.edit("Pulumi.dev.yaml", "8890", str(self.port))

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text in a file of the project."""
        file = self.root / name
        text = file.read_text()
        if old not in text:
            raise AssertionError(name, old)
        file.write_text(text.replace(old, new))

    def start(self, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        """Start `modelport` in a process group of its own, so that a test can kill all of it."""
        return subprocess.Popen(
            [str(Path(sys.executable).parent / "modelport"), *arguments],
            cwd=self.root,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """Run `modelport` to its end; standard output and error come together."""
        process = self.start(*arguments, **more)
        output, _ = process.communicate(timeout=180)
        return subprocess.CompletedProcess(process.args, process.returncode, output, "")

    def up(self) -> str:
        """Bring the stack up; fails the test when that fails."""
        done = self.run("up")
        if done.returncode:
            raise AssertionError(done.stdout)
        return done.stdout

    def down(self) -> str:
        """Take the stack down; fails the test when that fails."""
        done = self.run("down")
        if done.returncode:
            raise AssertionError(done.stdout)
        return done.stdout

    def endpoints(self) -> dict[str, dict[str, Any]]:
        """Read the stack output `endpoints`."""
        endpoints: dict[str, dict[str, Any]] = json.loads(self.run("outputs").stdout)
        return endpoints

    def key(self, service: str, which: str = "primary") -> str:
        """Read one key."""
        return self.run("keys", service, which).stdout.strip()

    def ask(self, service: str, key: str | None = None, port: int | None = None) -> Answer:
        """Send the service's sample request on a new connection."""
        body = (self.root / f"examples/{service}/sample-request.json").read_bytes()
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port_of(service), timeout=30)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key or self.key(service)}"}
        connection.request("POST", "/score", body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return Answer(answer.status, text)

    def port_of(self, service: str) -> int:
        """Find the port of a service from its own specification."""
        port: int = json.loads((self.run_folder(service) / "spec.json").read_text())["port"]
        return port

    def run_folder(self, service: str) -> Path:
        """Find the service's run folder."""
        [folder] = self.root.glob(f".modelport/run/*/{service}")
        return folder

    def supervisor(self, service: str) -> int:
        """Read the number of the service's supervisor."""
        pid: int = json.loads((self.run_folder(service) / "status.json").read_text())["pid"]
        return pid

    def processes(self) -> list[int]:
        """Find every process that works for a service of this project."""
        ours = str(self.root / ".modelport")
        folders = [folder for folder in Path("/proc").iterdir() if folder.name.isdecimal()]
        return [int(folder.name) for folder in folders if ours in _command_line(folder)]

    def resources(self) -> dict[str, dict[str, Any]]:
        """Read the recorded resources of our own types, by type and name."""
        [file] = self.root.glob(".modelport/state/.pulumi/stacks/*/dev.json")
        found = json.loads(file.read_text())["checkpoint"]["latest"].get("resources", [])
        return {f"{each['type'].rpartition(':')[2]} {each['urn'].rpartition('::')[2]}": each for each in found}

    def kill_services(self) -> None:
        """End whatever still runs: for the end of a test that failed."""
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def plain(output: str) -> str:
    """Drop colours from the engine's output."""
    return re.sub(r"\x1b\[[0-9;]*m", "", output)


def _command_line(folder: Path) -> str:
    try:
        return (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        return ""
