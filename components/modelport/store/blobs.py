"""Blobs of a layout: written once, whole or not at all; verified whenever they are read."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from modelport.errors import ModelportError
from modelport.store.descriptor import Descriptor, Document
from modelport.store.errors import CorruptBlobError, check_space, write_errors
from modelport.store.temporary import temporary_file
from modelport.store.verified import VerifiedReader

TEMPORARY = ".partial-"


class ChangedWhileReadError(ModelportError):
    """Bytes are not the ones that were announced: their source changed between planning and writing."""


class BlobReader(VerifiedReader):
    """Reads a blob of a folder."""

    def __init__(self, path: Path, descriptor: Descriptor) -> None:
        super().__init__(descriptor)
        self._path = path
        check_size(path, descriptor)
        self._file = path.open("rb", buffering=0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _take(self, size: int) -> bytes:
        return self._file.read(size)

    def _corrupt(self, found: str) -> CorruptBlobError:
        return CorruptBlobError(self._descriptor.digest, self._path, found)


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
