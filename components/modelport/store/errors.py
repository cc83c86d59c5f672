"""What can go wrong with a store, as its user reads it."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelport.errors import ModelportError

_MEND_FILE = (
    "remove that file and register the model again from its files (`pulumi up` does, where a stack names them), "
    "or remove the version with `modelport models rm`"
)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class StoreError(ModelportError):
    """A store cannot do what was asked of it."""


class InvalidReferenceError(StoreError):
    """A store string or a model reference cannot be read."""


class CorruptBlobError(StoreError):
    """Stored bytes are not what their digest says: never served, never copied."""

    def __init__(self, digest: str, place: Path | str, found: str, way_out: str = _MEND_FILE) -> None:
        super().__init__(f"blob {digest} is corrupt: {place} {found}; {way_out}")
        self.digest = digest


class NotWritableError(StoreError):
    """A folder takes no more bytes: full, read-only, or not a folder. *needed* is in bytes."""

    def __init__(self, path: Path, reason: str, needed: int, *, full: bool = False) -> None:
        way_out = "free space or choose another folder" if full else "make it writable or choose another folder"
        super().__init__(f"cannot write {needed} bytes to {path}: {reason} ({free_bytes(path)} bytes free); {way_out}")


def free_bytes(path: Path) -> int:
    """Bytes that the file system of *path*, or of its nearest existing parent, still takes."""
    while not path.is_dir() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


def check_space(path: Path, needed: int) -> None:
    """Raise `NotWritableError` when *needed* bytes cannot fit at *path*; nothing is written to find out."""
    if free_bytes(path) < needed:
        raise NotWritableError(path, os.strerror(errno.ENOSPC), needed, full=True)


@contextmanager
def write_errors(path: Path, needed: int) -> Iterator[None]:
    """Turn the operating system's refusal to write *needed* bytes at *path* into `NotWritableError`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotWritableError(path, reason, needed, full=error.errno in _FULL) from error
