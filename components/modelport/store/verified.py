"""Reading blobs, wherever they come from: what was read to the end is what its digest says."""

import hashlib
import io
from abc import abstractmethod

from modelport.store.descriptor import Descriptor
from modelport.store.errors import CorruptBlobError

CHUNK = 1 << 20


class VerifiedReader(io.RawIOBase):
    """
    Reads a blob from start to end, hashing on the way.

    The last read (the one that returns nothing) raises `CorruptBlobError` unless the digest is as announced, so a
    caller that reads to the end has verified what it read.
    """

    def __init__(self, descriptor: Descriptor) -> None:
        self._descriptor = descriptor
        self._hash = hashlib.sha256()

    @abstractmethod
    def _take(self, size: int) -> bytes:
        """Read at most *size* bytes; nothing at the end."""

    @abstractmethod
    def _corrupt(self, found: str) -> CorruptBlobError:
        """Make the error that says where the blob is and what was *found*."""

    def readable(self) -> bool:
        """Say that this stream is for reading."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read at most *size* bytes (all, when negative)."""
        if size < 0:
            return b"".join(iter(lambda: self.read(CHUNK), b""))
        data = self._take(size) if size else b""
        self._hash.update(data)
        if size and not data:
            self._verify()
        return data

    def readinto(self, buffer: object) -> int:
        """Fill *buffer*, a writable bytes-like object; gives the number of bytes."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase's protocol names no public buffer type
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _verify(self) -> None:
        digest = f"sha256:{self._hash.hexdigest()}"
        if digest != self._descriptor.digest:
            found = f"holds {digest}"
            raise self._corrupt(found)
