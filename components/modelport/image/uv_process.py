"""Running uv: the resolver and installer that comes with this library as a wheel."""

import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import Final

from modelport.progress import Progress

_POLL_S: Final = 0.05
_TELL_S: Final = 1.0

_PASSED: Final = frozenset(
    {"HOME", "USER", "LOGNAME", "PATH", "TMPDIR", "LANG", "LC_ALL", "NETRC"}
    | {"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSL_CLIENT_CERT"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"}
    | {"UV_CACHE_DIR", "UV_NO_CACHE", "UV_CONFIG_FILE", "UV_CREDENTIALS_DIR", "UV_KEYRING_PROVIDER", "UV_LINK_MODE"}
    | {"UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INSECURE_HOST", "UV_OFFLINE"}
    | {"UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_HTTP_TIMEOUT", "UV_HTTP_RETRIES"}
)
"""
What uv may know of this process: where the user's caches, indexes and credentials are.

Not what changes a resolution (`UV_PRERELEASE`, `UV_CONSTRAINT`, ...): the same requirements give the same lock on every
machine. Nor anything else: the environment may hold a passphrase.
"""

_finding: Final = Lock()
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/@\s]+@")


@dataclass(frozen=True)
class UvResult:
    """How a run of uv ended; *problem* is what it wrote on standard error, without credentials."""

    succeeded: bool
    problem: str


def run_uv(arguments: Sequence[str], folder: Path, progress: Progress, doing: str) -> UvResult:
    """
    Run uv in *folder*, telling *progress* every second what it is *doing*.

    It runs outside the project, whose `pyproject.toml` may configure uv for other purposes. When *progress* raises
    (the user has left), uv is ended first.
    """
    with TemporaryFile() as errors:
        process = subprocess.Popen(
            [_uv_binary(), *arguments],
            cwd=folder,
            env=uv_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            start_new_session=True,  # Ctrl-C reaches it through *progress* only, so that it is told from a failure
        )
        try:
            _wait(process, progress, doing)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        errors.seek(0)
        text = errors.read().decode(errors="replace")
    return UvResult(process.returncode == 0, _CREDENTIALS.sub("", text))


def _uv_binary() -> str:
    """Find uv, one thread at a time: CPython 3.11 fills what this looks at (`sysconfig`) in sight of other threads."""
    from uv import find_uv_bin  # noqa: PLC0415 - looks through the file system; wanted only when uv runs

    with _finding:
        return find_uv_bin()


def uv_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Choose from *environment* what uv may know; credentials of named indexes (`UV_INDEX_*`) included."""
    chosen = {name: value for name, value in environment.items() if name in _PASSED or name.startswith("UV_INDEX")}
    return {**chosen, "UV_NO_PROGRESS": "1", "NO_COLOR": "1", "UV_PYTHON_DOWNLOADS": "never"}


def _wait(process: subprocess.Popen[bytes], progress: Progress, doing: str) -> None:
    begun = told = time.monotonic()
    progress(doing)
    while process.poll() is None:
        time.sleep(_POLL_S)
        if time.monotonic() - told >= _TELL_S:
            told = time.monotonic()
            progress(f"{doing} ({told - begun:.0f} s)")
