"""Bytes of a pickle, one after the other, without ever holding more than a chunk of them."""

import io
from typing import BinaryIO, Final

from modelport_scoring.check.pickles.report import BrokenPickleError, UndecidedError

CHUNK: Final = 1 << 18
LINE_KEPT: Final = 4096
"""Bytes of a line that are kept: enough for names and numbers."""
BYTES_LIMIT: Final = 64 << 30
"""Of one stream, unpacked: a bomb ends here."""


class Stream:
    """
    Reads *file* from where it stands; *size* is what is left of it where that is known, and lets us skip by seeking.

    Every reader raises `BrokenPickleError` at the end of the file.
    """

    def __init__(self, file: BinaryIO, size: int | None = None) -> None:
        self._file = file
        self._size = size
        self._chunk = b""
        self._at = 0
        self._before = 0

    @property
    def position(self) -> int:
        """Bytes read or skipped so far."""
        return self._before + self._at

    def at_end(self) -> bool:
        """Say whether nothing is left."""
        return self._at >= len(self._chunk) and not self._next()

    def byte(self) -> int:
        """Read one byte."""
        if self._at >= len(self._chunk) and not self._next():
            raise BrokenPickleError(_CUT)
        value = self._chunk[self._at]
        self._at += 1
        return value

    def read(self, length: int) -> bytes:
        """Read exactly *length* bytes; for small numbers only."""
        end = self._at + length
        if end <= len(self._chunk):
            data = self._chunk[self._at : end]
            self._at = end
            return data
        parts = []
        while length:
            if self.at_end():
                raise BrokenPickleError(_CUT)
            part = self._chunk[self._at : self._at + length]
            self._at += len(part)
            length -= len(part)
            parts.append(part)
        return b"".join(parts)

    def number(self, length: int) -> int:
        """Read an unsigned little-endian number of *length* bytes."""
        return int.from_bytes(self.read(length), "little")

    def line(self) -> bytes:
        """Read up to a line feed, and leave that out; of a longer line than `LINE_KEPT` only so much is kept."""
        parts, kept = [], 0
        while True:
            end = self._chunk.find(b"\n", self._at)
            part = self._chunk[self._at : end if end >= 0 else None]
            if kept <= LINE_KEPT:
                parts.append(part[: LINE_KEPT + 1])
                kept += len(part)
            if end >= 0:
                self._at = end + 1
                return b"".join(parts)
            self._at = len(self._chunk)
            if self.at_end():
                raise BrokenPickleError(_CUT)

    def skip(self, length: int) -> None:
        """Pass over *length* bytes."""
        ahead = len(self._chunk) - self._at
        if length <= ahead:
            self._at += length
            return
        length -= ahead
        self._before += len(self._chunk)
        self._chunk, self._at = b"", 0
        if self._size is None:
            while length:
                if not self._next():
                    raise BrokenPickleError(_CUT)
                self._at = min(length, len(self._chunk))
                length -= self._at
        elif length > self._size - self._before:
            raise BrokenPickleError(_CUT)
        else:
            self._file.seek(length, io.SEEK_CUR)
            self._before += length

    def _next(self) -> bool:
        self._before += len(self._chunk)
        self._chunk, self._at = self._file.read(CHUNK), 0
        if self._before > BYTES_LIMIT:
            msg = f"it is longer than {BYTES_LIMIT >> 30} GiB"
            raise UndecidedError(msg)
        return bool(self._chunk)


_CUT: Final = "it ends before its end"
