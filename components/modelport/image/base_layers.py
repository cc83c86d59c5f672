"""Bytes of a base's layers: kept on this machine when they were read, and copied into the image's repository."""

from collections.abc import Iterator
from pathlib import Path

from modelport.image.base import LockedBase
from modelport.image.find_image import open_source
from modelport.image.image_error import blobs_named
from modelport.image.image_source import ImageSource, parse_image_source
from modelport.progress import Progress, silent
from modelport.store.blobs import CHUNK
from modelport.store.descriptor import Descriptor
from modelport.store.layout import LayoutStore
from modelport.store.layout_repository import LayoutRepository
from modelport.store.open_repository import open_repository
from modelport.store.reference import LAYOUT, parse_store
from modelport.store.repository import Repository
from modelport.workspace import Workspace


def kept_layers(workspace: Workspace) -> LayoutRepository:
    """
    Open the layers of bases that this machine has read: by digest, for all images.

    They are read to check a base and again to copy it. Keeping them costs their size on disk (`modelport prune` gives
    it back) and saves the second download, which on an ordinary line takes longer than the rest of a first build.
    """
    return LayoutRepository(LayoutStore(workspace.bases), "")


def readable_layer(
    repository: Repository, layer: Descriptor, shown: str, workspace: Workspace, progress: Progress = silent
) -> Repository:
    """Name a repository on this machine that holds *layer* of image *shown*, fetching it first from elsewhere."""
    if isinstance(repository, LayoutRepository):
        return repository
    kept = kept_layers(workspace)
    if not kept.store.intact(layer, progress):
        kept.write(layer, _chunks(repository, layer, shown), progress)
    return kept


def copy_base_layers(
    base: LockedBase, target: Repository, store: str, workspace: Workspace, progress: Progress = silent
) -> None:
    """
    Put the layers of *base* into the repository *target* of *store*, those that it lacks.

    Taken over inside a registry where both are in one, else from what this machine kept, else from where the base is.
    """
    source = parse_image_source(base.reference)
    for layer in base.layers:
        if target.has(layer) or _mounted(source, layer, target, store, workspace.root):
            continue
        target.write(layer, _chunks(_holder(source, layer, workspace, progress), layer, base.reference), progress)


def _mounted(source: ImageSource, layer: Descriptor, target: Repository, store: str, root: Path) -> bool:
    location = parse_store(store)
    host, _, prefix = location.place.partition("/")
    if location.scheme == LAYOUT or (location.scheme, host) != (source.store.scheme, source.store.place):
        return False
    # Seen from the host, not from the store: a base is seldom below the prefix of the store.
    whole = open_repository(f"{location.scheme}://{host}", f"{prefix}/{target.name}".lstrip("/"), root)
    return whole.mount(layer, source.repository)


def _holder(source: ImageSource, layer: Descriptor, workspace: Workspace, progress: Progress) -> Repository:
    kept = kept_layers(workspace)
    return kept if kept.store.intact(layer, progress) else open_source(source, workspace.root)


def _chunks(repository: Repository, layer: Descriptor, shown: str) -> Iterator[bytes]:
    """Read *layer* to its end, where a repository finds out whether the bytes are right."""
    with blobs_named(shown), repository.open(layer) as reader:
        while chunk := reader.read(CHUNK):
            yield chunk
