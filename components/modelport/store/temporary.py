"""
Temporary files and folders that outlive no writer.

A writer holds a lock on what it makes; whoever finds one unlocked knows that its writer is dead, on any machine that
shares the file system, and removes it. Names alone (process numbers) could not tell.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def temporary_file(folder: Path, prefix: str) -> Iterator[tuple[Path, int]]:
    """Make an empty file in *folder*; gives its path and a descriptor to write to. Gone at the end unless renamed."""
    path, descriptor = _claimed(folder, prefix, _create_file)
    try:
        yield path, descriptor
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


@contextmanager
def temporary_folder(folder: Path, prefix: str) -> Iterator[Path]:
    """Make an empty folder in *folder*. Gone at the end, with all it holds, unless renamed."""
    path, descriptor = _claimed(folder, prefix, _create_folder)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(descriptor)


def remove_abandoned(folder: Path, prefix: str) -> None:
    """Remove the temporary files and folders in *folder* whose writers are dead."""
    for path in folder.glob(f"{prefix}*"):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except (FileNotFoundError, PermissionError):  # its writer has just finished, or is another user's
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(path)
        except (BlockingIOError, PermissionError):  # its writer lives, or it is another user's to remove
            continue
        finally:
            os.close(descriptor)


def _create_file(path: Path) -> int:
    # Not tempfile: it makes files that only their owner may read, and a store is shared as the umask says.
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)


def _create_folder(path: Path) -> int:
    path.mkdir()
    return os.open(path, os.O_RDONLY)


def _claimed(folder: Path, prefix: str, create: Callable[[Path], int]) -> tuple[Path, int]:
    while True:
        path = folder / f"{prefix}{secrets.token_hex(8)}"
        try:
            descriptor = create(path)
        except FileNotFoundError:
            if folder.is_dir():  # removed between its making and its opening
                continue
            raise
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if path.exists():  # otherwise it was taken for abandoned before the lock was held
            return path, descriptor
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)  # what resists is tried again by the next writer
    else:
        path.unlink(missing_ok=True)
