"""A folder that is either whole or not there: made beside its place, moved into it when complete."""

import errno
import fcntl
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from modelport.errors import ModelportError
from modelport.progress import Progress

_POLL_S: Final = 0.1
_MEGABYTE: Final = 1024 * 1024
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def folder_once(
    target: Path,
    is_whole: Callable[[Path], bool],
    make: Callable[[Path], None],
    progress: Progress,
) -> Path:
    """
    Return *target*, making it with *make* when it is not there or not *is_whole*.

    *make* fills an empty folder beside *target*, which then takes its place. Of two processes one makes it, the
    other waits. What a killed maker left is removed by the next. When making fails nothing is left; a full disk becomes
    a `ModelportError` with the space that is free.
    """
    if is_whole(target):
        return target
    _make_parent(target)
    with _only_maker(target, progress):
        if is_whole(target):
            return target
        for leftover in target.parent.glob(f".{target.name}.*.partial"):
            shutil.rmtree(leftover, ignore_errors=True)  # its maker is dead: we hold its guard
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
        try:
            make(partial)
            _move_into_place(partial, target)
        except OSError as error:
            raise _readable(error, target) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)  # already moved when all went well
    return target


def full_disk_text(folder: Path) -> str:
    """Say that the disk of *folder* is full, with the space that is free, in MB."""
    free = shutil.disk_usage(folder).free // _MEGABYTE
    return f"no space left in {folder.name}/ ({free} MB free): free some, or move the project to a larger disk"


def _make_parent(target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _readable(error, target) from error


def _readable(error: OSError, target: Path) -> ModelportError:
    place = f"{target.parent.parent.name}/{target.parent.name}"
    if error.errno in _FULL:
        return ModelportError(full_disk_text(target.parent))
    return ModelportError(f"cannot write {place}/{target.name}: {error.strerror or error}")


def _move_into_place(partial: Path, target: Path) -> None:
    partial.chmod(0o755)  # mkdtemp makes it private; the services may run as another user
    if target.exists():
        broken = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
        target.replace(broken)  # an empty folder is replaced
        shutil.rmtree(broken, ignore_errors=True)
    partial.replace(target)


@contextmanager
def _only_maker(target: Path, progress: Progress) -> Iterator[None]:
    """Hold the guard of *target*; the kernel lets go of it when its holder dies."""
    with _guard(target) as guard:
        waited = 0.0
        while not _taken(guard.fileno()):
            if waited % 1 < _POLL_S:
                progress(f"waiting for another process that makes {target.name[:12]}")
            time.sleep(_POLL_S)
            waited += _POLL_S
        yield


def _guard(target: Path) -> TextIO:
    try:
        return target.with_name(f".{target.name}.guard").open("w", encoding="utf-8")
    except OSError as error:
        raise _readable(error, target) from error


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
