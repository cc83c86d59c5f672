"""Blobs of a layout: written once, whole or not at all; verified whenever they are read."""

import hashlib
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path

from modelport.errors import ModelportError
from modelport.store.descriptor import Descriptor, Document
from modelport.store.errors import CorruptBlobError, check_space, write_errors
from modelport.store.temporary import temporary_file

CHUNK = 1 << 20
TEMPORARY = ".partial-"


class ChangedWhileReadError(ModelportError):
    """Bytes are not the ones that were announced: their source changed between planning and writing."""


class BlobReader(io.RawIOBase):
    """
    Reads a blob from start to end, hashing on the way.

    The last read (the one that returns nothing) raises `CorruptBlobError` unless size and digest are as announced, so
    a caller that reads to the end has verified what it read.
    """

    def __init__(self, path: Path, descriptor: Descriptor) -> None:
        self._path = path
        self._descriptor = descriptor
        self._hash = hashlib.sha256()
        check_size(path, descriptor)
        self._file = path.open("rb", buffering=0)

    def readable(self) -> bool:
        """Say that this stream is for reading."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read at most *size* bytes (all, when negative)."""
        data = self._file.readall() if size < 0 else self._file.read(size)
        self._hash.update(data)
        if size < 0 or (size and not data):
            self._verify()
        return data

    def readinto(self, buffer: object) -> int:
        """Fill *buffer*, a writable bytes-like object; gives the number of bytes."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase's protocol names no public buffer type
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def drain(self) -> None:
        """Read what is left, and so verify the whole."""
        while self.read(CHUNK):
            pass

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _verify(self) -> None:
        found = f"sha256:{self._hash.hexdigest()}"
        if found != self._descriptor.digest:
            raise CorruptBlobError(self._descriptor.digest, self._path, f"holds {found}")


def check_size(path: Path, descriptor: Descriptor) -> None:
    """Raise `CorruptBlobError` when the file at *path* is missing or has another size than announced."""
    if not path.is_file():
        raise CorruptBlobError(descriptor.digest, path, "is missing")
    size = path.stat().st_size
    if size != descriptor.size:
        raise CorruptBlobError(descriptor.digest, path, f"holds {size} bytes instead of {descriptor.size}")


def read_document(path: Path, descriptor: Descriptor) -> Document:
    """Read and verify a JSON blob. Raises `CorruptBlobError`."""
    with BlobReader(path, descriptor) as reader:
        document: Document = json.loads(reader.read())
    return document


def write_blob(path: Path, descriptor: Descriptor, chunks: Iterable[bytes]) -> None:
    """
    Write *chunks* at *path* in one stroke.

    Raises `ChangedWhileReadError` when they are not what *descriptor* announced, `NotWritableError` when the file
    system takes no more; in both cases nothing is left.
    """
    with write_errors(path.parent, descriptor.size):
        path.parent.mkdir(parents=True, exist_ok=True)
        check_space(path.parent, descriptor.size)
        with temporary_file(path.parent, TEMPORARY) as (temporary, output):
            found = _pour(chunks, output)
            if found != (descriptor.digest, descriptor.size):
                msg = (
                    f"{descriptor.digest} was announced but {found[0]} was read: the files changed meanwhile; try again"
                )
                raise ChangedWhileReadError(msg)
            os.fsync(output)
            temporary.replace(path)
        sync_folder(path.parent)


def write_file(path: Path, data: bytes) -> None:
    """Replace the small file at *path* by *data* in one stroke. Raises `NotWritableError`."""
    with write_errors(path.parent, len(data)), temporary_file(path.parent, TEMPORARY) as (temporary, output):
        _write_all(output, data)
        os.fsync(output)
        temporary.replace(path)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Have the folder's entries survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _pour(chunks: Iterable[bytes], output: int) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    for chunk in chunks:
        digest.update(chunk)
        _write_all(output, chunk)
        size += len(chunk)
    return f"sha256:{digest.hexdigest()}", size


def _write_all(output: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(output, view) :]
