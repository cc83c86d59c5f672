"""Reads registered models out of a store: lists their files, and unpacks them verified."""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from modelport.progress import Progress
from modelport.registry.content import MODELS_FOLDER
from modelport.registry.errors import RegistrationError
from modelport.registry.version import StoredContent, StoredFile
from modelport.store.blobs import CHUNK, BlobReader, check_size
from modelport.store.descriptor import Descriptor
from modelport.store.errors import CorruptBlobError, check_space, write_errors
from modelport.store.layout import LayoutStore
from modelport.store.meter import Meter
from modelport.store.temporary import remove_abandoned, temporary_folder


def layer_files(store: LayoutStore, name: str, layer: Descriptor) -> tuple[StoredFile, ...]:
    """List the files of a model's *layer*; reads headers only. Raises `CorruptBlobError`."""
    path = store.path(layer.digest)
    check_size(path, layer)
    try:
        with tarfile.open(path, "r:") as archive:
            return tuple(StoredFile(_inner(name, entry), entry.size) for entry in archive if entry.isreg())
    except (tarfile.TarError, RegistrationError) as error:
        raise CorruptBlobError(layer.digest, path, f"is no model layer ({error})") from error


def unpack_layer(store: LayoutStore, content: StoredContent, target: Path, progress: Progress) -> None:
    """
    Unpack *content* as the new folder *target*: complete and verified, or not at all.

    Raises `CorruptBlobError`, `RegistrationError` when *target* exists, `NotWritableError`.
    """
    if target.exists() or target.is_symlink():
        msg = f"{target} exists already; remove it or name another folder"
        raise RegistrationError(msg)
    prefix = f".{target.name}-"
    with write_errors(target, content.size):
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(target.parent, prefix)
        check_space(target.parent, content.size)
        with temporary_folder(target.parent, prefix) as folder:
            with store.open(content.layer) as reader, _corruption_first(reader):
                _extract(content, reader, folder, progress)
            folder.rename(target)


@contextmanager
def _corruption_first(reader: BlobReader) -> Iterator[None]:
    # Bytes that are not what their digest says explain every other failure to read them.
    try:
        yield
    except (tarfile.TarError, RegistrationError):
        reader.drain()
        raise
    reader.drain()


def _extract(content: StoredContent, reader: BlobReader, folder: Path, progress: Progress) -> None:
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
