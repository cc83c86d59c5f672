"""
Provide what the tests of images and containers need and pip cannot give. Standard library only.

``python3 tools/services.py`` installs the Debian packages that are missing, starts a Docker daemon where none answers,
and makes the base image that stands in for a public one. Each part is a line; what cannot be had is an error.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # started as a script, the repository itself is not on the module path

from tools import debian_base  # noqa: E402 - the line above makes it importable
from tools.cache import CacheError, cache_folder, locked  # noqa: E402 - the same
from tools.service_errors import ServiceError  # noqa: E402 - the same

DAEMON_WITHIN_S: Final = 30.0
_POLL_S: Final = 0.1
PACKAGES: Final = {
    "docker": "docker.io",
    "dockerd": "docker.io",
    "containerd": "containerd",
    "runc": "runc",
    "iptables": "iptables",
    "docker-registry": "docker-registry",
    "mmdebstrap": "mmdebstrap",
}
"""Programs and the Debian package of each. Source: packages.debian.org, bookworm."""
_SYSTEM_PATH: Final = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
"""Daemons are not on every user's PATH."""


def main() -> int:
    """Provide everything, say in one line each what there is, and return the exit code."""
    try:
        print(install())
        print(start_docker(cache_folder()))
        print(f"base image: {debian_base.provide(cache_folder())}")
    except (ServiceError, CacheError) as error:
        print(f"services: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("services: cancelled; run `make services` again", file=sys.stderr)
        return 130
    return 0


def install() -> str:
    """Install the packages whose programs are missing, and say which. Raises `ServiceError`."""
    wanted = missing()
    if not wanted:
        return "packages: all there"
    command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *wanted]
    if not shutil.which("apt-get", path=_SYSTEM_PATH) or os.geteuid() != 0:
        msg = f"{', '.join(wanted)} missing; on Debian run as root: {' '.join(command)}"
        raise ServiceError(msg)
    for step in (["apt-get", "update", "--quiet"], command):
        done = subprocess.run(
            step, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, text=True, check=False
        )
    if done.returncode:
        msg = f"`{' '.join(command)}` failed: {done.stderr.strip().splitlines()[-1:]}"
        raise ServiceError(msg)
    return f"packages: installed {', '.join(wanted)}"


def missing() -> list[str]:
    """List the packages whose programs are not on this machine."""
    return sorted({package for program, package in PACKAGES.items() if not find(program)})


def find(program: str) -> Path | None:
    """Find *program*, a daemon too."""
    found = shutil.which(program, path=_SYSTEM_PATH)
    return Path(found) if found else None


def start_docker(cache: Path) -> str:
    """
    Start a Docker daemon unless one answers, and say in one line which it is. It stays when this process ends.

    *cache* is Modelport's folder in the user's cache: lock and log are there. Raises `ServiceError`.
    """
    with locked(cache / "docker.lock", "docker"):
        if version := docker_version():
            return f"docker: {version} answers"
        if host := os.environ.get("DOCKER_HOST"):
            msg = f"no Docker daemon answers on DOCKER_HOST={host}; start that one, or unset the variable"
            raise ServiceError(msg)
        daemon = find("dockerd")
        if daemon is None or os.geteuid() != 0:
            msg = "no Docker daemon answers; start Docker, or run `make services` as root on Debian"
            raise ServiceError(msg)
        return f"docker: started {_start(daemon, cache / 'dockerd.log')}"


def docker_version() -> str:
    """Ask the daemon for its version; empty when none answers."""
    docker = find("docker")
    if docker is None:
        return ""
    command = [str(docker), "version", "--format", "{{.Server.Version}}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _start(daemon: Path, log: Path) -> str:
    with log.open("ab") as output:
        process = subprocess.Popen(
            [daemon, "--log-level", "warn"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "PATH": _SYSTEM_PATH},
            start_new_session=True,
        )
    deadline = time.monotonic() + DAEMON_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        if version := docker_version():
            process.returncode = 0  # it is meant to stay: no warning about a child that still runs
            return version
        time.sleep(_POLL_S)
    ended = process.poll() is not None
    process.kill()
    process.wait()
    said = log.read_text(errors="replace").strip().splitlines()[-1:]
    what = "ended" if ended else f"did not answer within {DAEMON_WITHIN_S:.0f} s"
    msg = f"dockerd {what}: {' '.join(said) or 'it said nothing'}; the rest is in {log}"
    raise ServiceError(msg)


if __name__ == "__main__":
    sys.exit(main())
