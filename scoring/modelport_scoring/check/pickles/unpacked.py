"""Compressed files, by their first bytes."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import BinaryIO, Final, cast

CHUNK: Final = 1 << 16
ERRORS: Final = (OSError, EOFError, zlib.error, lzma.LZMAError)
UNSUPPORTED: Final = {b"\x04\x22\x4d\x18": "lz4", b"\x28\xb5\x2f\xfd": "zstd"}
"""Python's own library cannot unpack these."""


class _Zlib(io.RawIOBase):
    """Unpacks a zlib stream, or several in a row, as joblib does."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._unpacker = zlib.decompressobj()
        self._packed = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        target = memoryview(cast("bytearray", buffer))
        while True:
            if not self._packed:
                self._packed = self._file.read(CHUNK)
            if self._unpacker.eof:
                if not self._packed:
                    return 0
                self._unpacker = zlib.decompressobj()
            if not self._packed:
                raise EOFError
            data = self._unpacker.decompress(self._packed, len(target))
            self._packed = self._unpacker.unused_data or self._unpacker.unconsumed_tail
            if data:
                target[: len(data)] = data
                return len(data)


def _zlib(file: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", _Zlib(file))


def _lzma(file: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", lzma.LZMAFile(file))


_OPENERS: Final[tuple[tuple[bytes, Callable[[BinaryIO], BinaryIO]], ...]] = (
    (b"\x1f\x8b", lambda file: cast("BinaryIO", gzip.GzipFile(fileobj=file))),
    (b"BZh", lambda file: cast("BinaryIO", bz2.BZ2File(file))),
    (b"\xfd7zXZ\x00", _lzma),
    (b"\x5d\x00\x00", _lzma),
    (b"\x78\x01", _zlib),
    (b"\x78\x5e", _zlib),
    (b"\x78\x9c", _zlib),
    (b"\x78\xda", _zlib),
)


def unpacker(head: bytes) -> Callable[[BinaryIO], BinaryIO] | None:
    """Find what unpacks a file that begins with *head*; None: it is not compressed in a known way."""
    return next((opener for magic, opener in _OPENERS if head.startswith(magic)), None)
