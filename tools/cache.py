"""What scripts make once for all clones: a folder in the user's cache, and locks in it. Standard library only."""

import fcntl
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CacheError(Exception):
    """The cache folder cannot be written to; one line with the way out."""


def cache_folder() -> Path:
    """Modelport's folder in the user's cache, as `platformdirs` names it for the library."""
    if chosen := os.environ.get("XDG_CACHE_HOME", "").strip():
        return Path(chosen) / "modelport"
    return Path.home() / ("Library/Caches" if platform.system() == "Darwin" else ".cache") / "modelport"


@contextmanager
def locked(file: Path, maker: str) -> Iterator[None]:
    """Hold *file* against every other process that makes the same; *maker* begins the line said while waiting."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = file.open("w")
    except OSError as error:
        msg = f"cannot write to the cache folder {file.parent} ({error.strerror}); point XDG_CACHE_HOME elsewhere"
        raise CacheError(msg) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{maker}: another process is making it; waiting", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
