"""Blobs of an image made elsewhere, on their way into a repository of a store."""

from collections.abc import Iterator
from pathlib import Path

from modelport.image.image_error import blobs_named
from modelport.image.image_source import ImageSource
from modelport.store.descriptor import Descriptor
from modelport.store.open_repository import open_repository
from modelport.store.reference import LAYOUT, parse_store
from modelport.store.registries import Registries
from modelport.store.repository import Repository
from modelport.store.verified import CHUNK


def taken_over(
    blob: Descriptor,
    source: ImageSource,
    target: Repository,
    store: str,
    root: Path,
    registries: Registries | None = None,
) -> bool:
    """
    Have the registry of *store* take *blob* over from *source* into *target*, without moving bytes.

    Says whether it did; it cannot where the two are in different registries, or in folders.
    """
    location = parse_store(store)
    host, _, prefix = location.place.partition("/")
    if location.scheme == LAYOUT or (location.scheme, host) != (source.store.scheme, source.store.place):
        return False
    # Seen from the host, not from the store: an image made elsewhere is seldom below the prefix of the store.
    whole = open_repository(f"{location.scheme}://{host}", f"{prefix}/{target.name}".lstrip("/"), root, registries)
    return whole.mount(blob, source.repository)


def blob_chunks(repository: Repository, blob: Descriptor, shown: str) -> Iterator[bytes]:
    """Read *blob* of image *shown* to its end, where a repository finds out whether the bytes are right."""
    with blobs_named(shown), repository.open(blob) as reader:
        while chunk := reader.read(CHUNK):
            yield chunk
