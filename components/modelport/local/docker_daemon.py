"""A Docker daemon, through Docker's own command: it knows unix sockets, ssh and TLS, and every version of the API."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from modelport.errors import ModelportError

DEFAULT_HOST: Final = "unix:///var/run/docker.sock"
"""Where the docker plugin looks too, after DOCKER_HOST."""
_PASSED: Final = ("PATH", "HOME", "USER", "SSH_AUTH_SOCK", "DOCKER_CONFIG", "DOCKER_API_VERSION", "LANG", "TMPDIR")
"""What the command gets of our environment: what ssh and Docker need, never a passphrase or a cloud's credentials."""
_CONTAINERD: Final = "io.containerd.snapshotter.v1"
"""Driver type of daemons that keep images in containerd. Source: Docker documentation, "containerd image store"."""


class DockerError(ModelportError):
    """The daemon does not answer, or refuses."""


@dataclass(frozen=True)
class DockerDaemon:
    """The daemon at *host*; *cert_path* is a folder with ``ca.pem``, ``cert.pem`` and ``key.pem`` for ``tcp://``."""

    host: str
    cert_path: str | None = None

    def names_by_manifest(self) -> bool:
        """Tell whether an image's id is the digest of its manifest; otherwise it is that of its configuration."""
        answer = self._answer("info", "--format", "{{json .DriverStatus}}")
        return _CONTAINERD in json.dumps(json.loads(answer or "null"))

    def has(self, image: str) -> bool:
        """Tell whether the daemon has *image* (id or name)."""
        done = self._run("image", "inspect", "--format", "{{.Id}}", image)
        if done.returncode and "no such image" not in done.stderr.lower():
            raise self._error(done.stderr)
        return done.returncode == 0

    def load(self, archive: Iterable[bytes]) -> None:
        """Load an archive of images; when *archive* raises, the daemon never sees its end and keeps nothing of it."""
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                self._command("load", "--quiet"),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=self._environment(),
            )
            try:
                _feed(cast("BinaryIO", process.stdin), archive)
            except BaseException:
                process.kill()
                raise
            finally:
                code = process.wait()
            if code:
                said.seek(0)
                raise self._error(said.read().decode(errors="replace"))

    def remove_image(self, name: str) -> str | None:
        """Remove the name, and the image with its last name; say why not when a container still uses it."""
        done = self._run("image", "rm", name)
        if done.returncode == 0 or "no such image" in done.stderr.lower():
            return None
        if "conflict" in done.stderr.lower():
            return done.stderr.strip()
        raise self._error(done.stderr)

    def logs(self, container: str, *, lines: int, follow: bool) -> int:
        """Print the last *lines* of a container's output, and with *follow* what comes; give the exit code."""
        more = ["--follow"] if follow else []
        command = self._command("logs", "--tail", str(lines), *more, container)
        return subprocess.run(command, env=self._environment(), check=False).returncode

    def _answer(self, *arguments: str) -> str:
        done = self._run(*arguments)
        if done.returncode:
            raise self._error(done.stderr)
        return done.stdout.strip()

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self._command(*arguments),
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def _command(self, *arguments: str) -> list[str]:
        program = shutil.which("docker")
        if program is None:
            msg = "the command `docker` is not on PATH; install Docker's client, or use `mode: process`"
            raise DockerError(msg)
        return [program, "--host", self.host, *self._tls(), *arguments]

    def _tls(self) -> list[str]:
        if self.cert_path is None:
            return []
        files = {"--tlscacert": "ca.pem", "--tlscert": "cert.pem", "--tlskey": "key.pem"}
        return ["--tlsverify", *(f"{flag}={self.cert_path}/{name}" for flag, name in files.items())]

    def _environment(self) -> Mapping[str, str]:
        return {name: os.environ[name] for name in _PASSED if name in os.environ}

    def _error(self, said: str) -> DockerError:
        line = " ".join(said.split()) or "it said nothing"
        return DockerError(f"Docker at {self.host}: {line}; start Docker there, or give another `docker_host`")


def docker_host(given: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """Choose the daemon as the docker plugin does: the one that is given, DOCKER_HOST, the default."""
    return given or environment.get("DOCKER_HOST") or DEFAULT_HOST


def _feed(stdin: BinaryIO, archive: Iterable[bytes]) -> None:
    try:
        with stdin:
            stdin.writelines(archive)
    except BrokenPipeError:
        return  # the command has left: it says why
