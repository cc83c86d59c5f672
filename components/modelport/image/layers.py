"""The layers of an image, each a tar stream whose bytes depend on what it holds."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from modelport.image.compression import gzip_chunks
from modelport.store.descriptor import LAYER_TYPE, Descriptor
from modelport.store.tar import TarEntry, tar_chunks

GZIP_LAYER_TYPE: Final = f"{LAYER_TYPE}+gzip"
KIND_ANNOTATION: Final = "vnd.modelport.layer"
"""On a layer's entry in the manifest: its kind, so that sizes can be told apart. Layers of the base have none."""


class LayerKind(StrEnum):
    """What a layer is for, in the order of an image."""

    BASE = "base"
    ENVIRONMENT = "environment"
    RUNTIME = "runtime"
    MODEL = "model"
    SCRIPT = "script"
    LINKS = "links"


@dataclass(frozen=True)
class Layer:
    """One layer: *diff_id* is the digest of the uncompressed tar; *open* gives its bytes as they are stored."""

    kind: LayerKind
    descriptor: Descriptor
    diff_id: str
    title: str
    """What the image's history calls it."""
    open: Callable[[], Iterable[bytes]] = field(compare=False, repr=False)
    origin: str | None = None
    """Repository of the same store that has it already."""


def packed_layer(kind: LayerKind, title: str, entries: Iterable[TarEntry]) -> Layer:
    """
    Pack *entries*, reading them now for the digests and again for the bytes: nothing is kept in memory.

    Raises `modelport.store.tar.SourceChangedError`.
    """
    kept = tuple(entries)
    descriptor, diff_id = packed(kept, _ignore)
    return Layer(kind, descriptor, diff_id, title, lambda: gzip_chunks(tar_chunks(kept)))


def packed(entries: Sequence[TarEntry], write: Callable[[bytes], object]) -> tuple[Descriptor, str]:
    """Pack *entries* into *write*; return what describes the result, and the digest of the uncompressed tar."""
    plain, stored = hashlib.sha256(), hashlib.sha256()
    size = 0
    for chunk in gzip_chunks(_hashed(tar_chunks(entries), plain.update)):
        stored.update(chunk)
        size += len(chunk)
        write(chunk)
    return Descriptor(GZIP_LAYER_TYPE, f"sha256:{stored.hexdigest()}", size), f"sha256:{plain.hexdigest()}"


def with_folders(entries: Iterable[TarEntry], *tops: str) -> list[TarEntry]:
    """Add the folders of *entries* from each of *tops* down, so that all may read them whatever unpacks the layer."""
    kept = list(entries)
    parents = {parent for each in kept for parent in PurePosixPath(each.name).parents}
    inside = {str(parent) for parent in parents if any(parent.is_relative_to(top) for top in tops)}
    return [*(TarEntry(folder) for folder in {*tops, *inside}), *kept]


def _hashed(chunks: Iterable[bytes], update: Callable[[bytes], object]) -> Iterator[bytes]:
    for chunk in chunks:
        update(chunk)
        yield chunk


def _ignore(_chunk: bytes) -> None:
    """Drop the bytes: only the digests are wanted."""
