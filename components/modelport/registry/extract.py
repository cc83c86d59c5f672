"""Reads registered models out of a store: lists their files, and unpacks them verified."""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from modelport.progress import Progress
from modelport.registry.content import MODELS_FOLDER
from modelport.registry.errors import RegistrationError
from modelport.registry.version import RegisteredVersion, StoredFile
from modelport.store.descriptor import Descriptor
from modelport.store.errors import CorruptBlobError, check_space, write_errors
from modelport.store.meter import Meter
from modelport.store.repository import Repository
from modelport.store.temporary import remove_abandoned, temporary_folder
from modelport.store.verified import CHUNK


def layer_files(repository: Repository, name: str, layer: Descriptor) -> tuple[StoredFile, ...]:
    """List the files of a model's *layer*; reads headers only. Raises `CorruptBlobError`."""
    try:
        with repository.open_parts(layer) as blob, tarfile.open(fileobj=blob, mode="r:") as archive:
            return tuple(StoredFile(_inner(name, entry), entry.size) for entry in archive if entry.isreg())
    except (tarfile.TarError, RegistrationError) as error:
        found = f"is no model layer ({error})"
        raise CorruptBlobError(layer.digest, f"what {repository.name} has", found) from error


def unpack_layer(
    repository: Repository, version: RegisteredVersion, layer: Descriptor, target: Path, progress: Progress
) -> None:
    """
    Unpack the *layer* of *version* as the new folder *target*: complete and verified, or not at all.

    Raises `CorruptBlobError`, `RegistrationError` when *target* exists, `NotWritableError`.
    """
    if target.exists() or target.is_symlink():
        msg = f"{target} exists already; remove it or name another folder"
        raise RegistrationError(msg)
    prefix = f".{target.name}-"
    with write_errors(target, version.size):
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(target.parent, prefix)
        check_space(target.parent, version.size)
        with temporary_folder(target.parent, prefix) as folder:
            with repository.open(layer) as reader, _corruption_first(reader):
                _extract(version, reader, folder, progress)
            folder.rename(target)


@contextmanager
def _corruption_first(reader: BinaryIO) -> Iterator[None]:
    # Bytes that are not what their digest says explain every other failure to read them.
    try:
        yield
    except (tarfile.TarError, RegistrationError):
        _drain(reader)
        raise
    _drain(reader)


def _drain(reader: BinaryIO) -> None:
    """Read what is left, and so verify the whole."""
    while reader.read(CHUNK):
        pass


def _extract(content: RegisteredVersion, reader: BinaryIO, folder: Path, progress: Progress) -> None:
    meter = Meter(f"unpacking {content.name}", content.size, progress)
    with tarfile.open(fileobj=reader, mode="r|", bufsize=CHUNK) as archive:
        for entry in archive:
            place = folder / _inner(content.name, entry)
            if entry.isdir():
                place.mkdir(parents=True, exist_ok=True)
                continue
            source = archive.extractfile(entry)
            if source is None:
                msg = f"model {content.name}: entry {entry.name!r} is neither file nor folder"
                raise RegistrationError(msg)
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as output:
                while chunk := source.read(CHUNK):
                    output.write(chunk)
                    meter.add(len(chunk))


def _inner(name: str, entry: tarfile.TarInfo) -> str:
    path = PurePosixPath(entry.name)
    top = PurePosixPath(MODELS_FOLDER, name)
    if not path.is_relative_to(top) or ".." in path.parts or not (entry.isreg() or entry.isdir()):
        msg = f"model {name}: entry {entry.name!r} is no file or folder below {top}"
        raise RegistrationError(msg)
    return str(path.relative_to(top))
