"""The Pulumi engine as its makers release it."""

import hashlib
import http.client
import io
import platform
import shutil
import tarfile
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, cast

from tools.engine_build import VERSION
from tools.engine_errors import EngineError

SITE = "https://get.pulumi.com/releases/sdk"
PROBE_S = 5.0
"""How long the site may take to answer at all: a machine without network must not wait for nothing."""
STALL_S = 30.0
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def install(folder: Path, site: str = SITE) -> None:
    """
    Unpack the release of *VERSION* for this machine into ``folder/bin``.

    The archive is checked against the release's own list of sha256 sums, where the site has one.

    Raises `EngineError` when the site cannot be reached or what it sends is not the release.
    """
    sums = _within(PROBE_S, f"{site}/pulumi-{VERSION.removeprefix('v')}-checksums.txt")
    archive = archive_name()
    print(f"engine: downloading {site}/{archive}", flush=True)
    content = _read(f"{site}/{archive}", STALL_S)
    if content is None:
        msg = f"{site} has no {archive}"
        raise EngineError(msg)
    _check(archive, content, sums)
    _unpack(archive, content, folder)


def archive_name() -> str:
    """Name of the archive for this machine; raises `EngineError` when none is made."""
    machine = platform.machine().lower()
    if machine not in MACHINES:
        msg = f"none is made for {machine}"
        raise EngineError(msg)
    return f"pulumi-{VERSION}-{platform.system().lower()}-{MACHINES[machine]}.tar.gz"


def _within(seconds: float, url: str) -> bytes | None:
    """Read *url* within *seconds*, name look-up included (which a socket's own time limit does not cover)."""
    answers: list[bytes | EngineError | None] = []

    def ask() -> None:
        try:
            answers.append(_read(url, seconds))
        except EngineError as error:
            answers.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if not answers:
        msg = f"{url} did not answer within {seconds:g} s"
        raise EngineError(msg)
    if isinstance(answers[0], EngineError):
        raise answers[0]
    return answers[0]


def _read(url: str, timeout_s: float) -> bytes | None:
    """Read *url* whole; ``None`` when there is no such file."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:  # noqa: S310 - the address is a constant
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        if error.code in {403, 404}:  # object stores answer 403 for what is not there
            return None
        msg = f"{url} answered {error.code}"
        raise EngineError(msg) from error
    except (OSError, http.client.HTTPException) as error:
        msg = f"{url} cannot be reached ({getattr(error, 'reason', error)})"
        raise EngineError(msg) from error


def _check(archive: str, content: bytes, sums: bytes | None) -> None:
    """Hold *content* against the line of *archive* in *sums*, when there is one."""
    actual = hashlib.sha256(content).hexdigest()
    for line in (sums or b"").decode(errors="replace").splitlines():
        digest, _, name = line.partition(" ")
        if name.lstrip(" *") == archive and digest != actual:
            msg = f"{archive} arrived with sha256 {actual}, the release says {digest}"
            raise EngineError(msg)


def _unpack(archive: str, content: bytes, folder: Path) -> None:
    """Unpack *content* beside *folder*, then rename it into place."""
    unpacked = folder.with_suffix(".unpacking")
    shutil.rmtree(unpacked, ignore_errors=True)  # a killed run's; the caller holds the lock
    try:
        (unpacked / "bin").mkdir(parents=True)
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for member in filter(tarfile.TarInfo.isfile, tar):
                program = unpacked / "bin" / Path(member.name).name  # all lie in one folder; no path may leave it
                program.write_bytes(cast("IO[bytes]", tar.extractfile(member)).read())
                program.chmod(0o755)
        unpacked.replace(folder)
    except (tarfile.TarError, OSError, EOFError) as error:
        msg = f"{archive} cannot be unpacked ({error})"
        raise EngineError(msg) from error
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
