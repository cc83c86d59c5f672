"""A real OCI registry: Debian's docker-registry as a process on a free port."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bcrypt
import yaml

from tests.services.certificates import Certificates, make_certificates
from tests.services.tokens import TokenServer

READY_WITHIN_S = 10.0
_LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")


@dataclass(frozen=True)
class Registry:
    """A registry that listens on *host* (``127.0.0.1:port``); everything it keeps is below *folder*."""

    host: str
    folder: Path
    certificates: Certificates | None
    tokens: TokenServer | None

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"{'https' if self.certificates else 'http'}://{self.host}"

    @property
    def store(self) -> str:
        """A store string with a prefix, as settings have it."""
        return f"{'oci' if self.certificates else 'oci+http'}://{self.host}/team"

    @property
    def storage(self) -> Path:
        """The folder of its blobs: ``blobs/sha256/<two digits>/<digest>/data``."""
        return self.folder / "storage" / "docker" / "registry" / "v2"

    @property
    def log(self) -> str:
        """What it said so far."""
        return (self.folder / "log").read_text()


@contextmanager
def registry_process(
    program: Path, folder: Path, *, users: dict[str, str] | None, tokens: bool, tls: bool
) -> Iterator[Registry]:
    """Run a registry with its files in *folder*; *users* are passwords by name."""
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        certificates = make_certificates(folder) if tls or tokens else None
        server = None
        if tokens and certificates is not None:
            server = stack.enter_context(TokenServer(certificates, users or {}))
        configuration = _configuration(folder, certificates if tls else None)
        if server is not None and certificates is not None:
            configuration["auth"] = {"token": server.registry_settings()}
        elif users:
            configuration["auth"] = {"htpasswd": {"realm": "registry", "path": str(_passwords(folder, users))}}
        (folder / "config.yml").write_text(yaml.safe_dump(configuration))
        process = stack.enter_context(_running(program, folder))
        yield Registry(_address(process, folder), folder, certificates if tls else None, server)


def _configuration(folder: Path, certificates: Certificates | None) -> dict[str, Any]:
    http: dict[str, Any] = {"addr": "127.0.0.1:0", "secret": "of this test"}
    if certificates is not None:
        http["tls"] = {"certificate": str(certificates.certificate), "key": str(certificates.key)}
    return {
        "version": 0.1,
        "log": {"level": "info", "accesslog": {"disabled": False}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "storage")}, "delete": {"enabled": True}},
        "http": http,
    }


def _passwords(folder: Path, users: dict[str, str]) -> Path:
    file = folder / "htpasswd"
    lines = [
        f"{name}:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()}" for name, password in users.items()
    ]
    file.write_text("\n".join(lines) + "\n")
    return file


@contextmanager
def _running(program: Path, folder: Path) -> "Iterator[subprocess.Popen[bytes]]":
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "serve", folder / "config.yml"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={}
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)  # a graceful end waits for connections that a test has kept
        process.wait()


def _address(process: "subprocess.Popen[bytes]", folder: Path) -> str:
    """Read the address from the log: the system chose the port, so no other test can have it."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        if found := _LISTENING.search((folder / "log").read_text()):
            return found[1]
        time.sleep(0.02)
    raise AssertionError((folder / "log").read_text())
