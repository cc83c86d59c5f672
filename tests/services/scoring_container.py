"""A built scoring image, run as orchestrators run it: read-only root, a user without a name, no capability."""

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

READY_WITHIN_S = 60.0
PORT = 5001
USER = "10001"


@dataclass(frozen=True)
class ScoringContainer:
    """A running container; *url* is the service's root, on this machine only."""

    id: str
    url: str

    def logs(self) -> str:
        """Read what it wrote."""
        done = subprocess.run(
            ["docker", "logs", self.id], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return done.stdout

    def stop(self, grace_s: int = 30) -> int:
        """Ask it to end, and give its exit code."""
        docker("stop", "--time", str(grace_s), self.id)
        return int(docker("inspect", "--format", "{{.State.ExitCode}}", self.id))

    def wait_until_ready(self) -> None:
        """Wait for a 200 of the root; fails the test when the container ends or takes too long."""
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and docker("inspect", "--format", "{{.State.Running}}", self.id) == "true":
            try:
                with urllib.request.urlopen(self.url, timeout=2):  # noqa: S310 - always http
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise AssertionError(self.logs())


@contextmanager
def run_image(
    image: str, *, environment: Mapping[str, str] | None = None, options: tuple[str, ...] = (), ready: bool = True
) -> Iterator[ScoringContainer]:
    """Run *image* with *options* of `docker run` more; removed at the end. Without *ready* it is not waited for."""
    variables = [f"--env={name}={value}" for name, value in (environment or {}).items()]
    fixed = ("--detach", "--read-only", f"--user={USER}", "--cap-drop=ALL", "--security-opt=no-new-privileges")
    identity = docker("run", *fixed, f"--publish=127.0.0.1::{PORT}", *variables, *options, image)
    try:
        container = ScoringContainer(identity, _url(identity))
        if ready:
            container.wait_until_ready()
        yield container
    finally:
        docker("rm", "--force", "--volumes", identity)


def docker(*arguments: str) -> str:
    """Run the Docker CLI; fails the test when it fails."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout.strip()


def _url(identity: str) -> str:
    published = docker("port", identity, f"{PORT}/tcp").splitlines()
    return f"http://{published[0]}/" if published else ""
