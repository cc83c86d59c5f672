"""Where the output of workers goes: whole lines, into a file that is rotated, or on to standard output."""

import os
from pathlib import Path
from typing import BinaryIO

from modelport_scoring.wire import LogSettings


class RotatingLog:
    """
    Appends lines to a file of bounded size; keeps the last *backups* files beside it as ``.1``, ``.2``, ...

    A disk that is full costs lines, never the service: they are counted, and the count is written when there is room.
    """

    def __init__(self, settings: LogSettings) -> None:
        self._path = Path(settings["path"])
        self._max_bytes = settings["max_bytes"]
        self._backups = settings["backups"]
        self._file: BinaryIO | None = None
        self._lost = 0

    def write(self, line: bytes) -> None:
        """Append one line, with its line end."""
        try:
            self._append(line)
        except OSError:
            self._lost += 1
            self._close()

    def _append(self, line: bytes) -> None:
        file = self._file or self._open()
        if file.tell() and file.tell() + len(line) > self._max_bytes:
            file = self._rotate()
        if self._lost:
            file.write(f"modelport: {self._lost} lines were lost: the log could not be written\n".encode())
            self._lost = 0
        file.write(line)

    def _open(self) -> BinaryIO:
        # Unbuffered, so that a line is in the file when the worker that wrote it has died.
        self._file = self._path.open("ab", buffering=0)
        self._file.seek(0, os.SEEK_END)
        return self._file

    def _rotate(self) -> BinaryIO:
        self._close()
        for number in range(self._backups - 1, 0, -1):
            older = self._backup(number)
            if older.exists():
                older.replace(self._backup(number + 1))
        if self._backups:
            self._path.replace(self._backup(1))
        else:
            self._path.unlink()
        return self._open()

    def _backup(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _close(self) -> None:
        file, self._file = self._file, None
        if file:
            file.close()


class StandardOutput:
    """Passes lines on, as a container's log wants them."""

    def write(self, line: bytes) -> None:
        """Write one line to our own standard output; a reader that is gone is no reason to stop."""
        try:
            os.write(1, line)
        except OSError:
            return


def log_for(settings: LogSettings | None) -> RotatingLog | StandardOutput:
    """Choose the log that a specification asks for."""
    return RotatingLog(settings) if settings else StandardOutput()
