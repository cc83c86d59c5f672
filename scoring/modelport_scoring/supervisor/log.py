"""Where the output of a service goes: a file that rotates, or the supervisor's own output."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from modelport_scoring.wire import LogSettings

LONGEST_LINE: Final = 64 * 1024
"""A longer line is written in parts: a worker that never ends a line must not fill the memory."""
REOPEN_AFTER_S: Final = 1.0
"""A log that cannot be written is tried again this often, not at every line."""


class LineSplitter:
    """Cuts a stream into whole lines, so that those of several workers do not mix."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the stream."""
        whole, newline, rest = (self._rest + chunk).rpartition(b"\n")
        if newline:
            self._write(whole + newline)
        self._rest = rest
        if len(self._rest) > LONGEST_LINE:
            self.close()

    def close(self) -> None:
        """Take what is left for a line: the stream has ended."""
        if self._rest:
            self._write(self._rest + b"\n")
        self._rest = b""


class Log:
    """Writes lines to a file, or to descriptor 1 when *settings* is None. It never raises: serving goes on without."""

    def __init__(self, settings: LogSettings | None) -> None:
        self._settings = settings
        self._descriptor: int | None = None
        self._size = 0
        self._lost = 0
        self._retry_at = 0.0

    def say(self, text: str) -> None:
        """Write a line of the supervisor's own."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        self.write(f"{stamp} supervisor [{os.getpid()}] {text}\n".encode(errors="backslashreplace"))

    def write(self, lines: bytes) -> None:
        """Write whole *lines*; while that fails, count them instead."""
        if time.monotonic() < self._retry_at:
            self._lost += lines.count(b"\n")
            return
        try:
            self._write(lines)
        except OSError:
            self._lost += lines.count(b"\n")
            self._retry_at = time.monotonic() + REOPEN_AFTER_S
            self.close()

    def close(self) -> None:
        """Let go of the file; the next line opens it again."""
        if self._descriptor is not None and self._settings is not None:
            with contextlib.suppress(OSError):  # some file systems report a full disk only now
                os.close(self._descriptor)
        self._descriptor = None

    def _write(self, lines: bytes) -> None:
        descriptor = self._opened(len(lines))
        if self._lost:
            note = f"supervisor: {self._lost} lines could not be written here\n".encode()
            self._size += _write_all(descriptor, note)
            self._lost = 0
        self._size += _write_all(descriptor, lines)

    def _opened(self, more: int) -> int:
        if self._settings is None:
            return 1
        path = Path(self._settings["path"])
        if self._descriptor is not None and os.fstat(self._descriptor).st_nlink == 0:
            self.close()  # somebody removed the file: writing on would go nowhere
        if self._descriptor is None:
            self._descriptor, self._size = _open(path)
        if self._size and self._size + more > self._settings["max_bytes"]:
            self.close()
            _rotate(path, self._settings["backups"])
            self._descriptor, self._size = _open(path)
        return self._descriptor


def _open(path: Path) -> tuple[int, int]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    return descriptor, os.fstat(descriptor).st_size


def _write_all(descriptor: int, data: bytes) -> int:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    return len(data)


def _rotate(path: Path, backups: int) -> None:
    """Make *path* ``path.1``, what that was ``path.2``, and so on; the oldest goes."""
    for number in range(backups - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    if backups:
        path.replace(path.with_name(f"{path.name}.1"))
    else:
        path.unlink()
