"""Bytes of a base's layers: kept on this machine when they were read, and copied into the image's repository."""

from modelport.image.base import LockedBase
from modelport.image.copy_blob import blob_chunks, taken_over
from modelport.image.find_image import open_source
from modelport.image.image_source import ImageSource, parse_image_source
from modelport.progress import Progress, silent
from modelport.store.descriptor import Descriptor
from modelport.store.layout import LayoutStore
from modelport.store.layout_repository import LayoutRepository
from modelport.store.registries import Registries
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
        kept.write(layer, blob_chunks(repository, layer, shown), progress)
    return kept


def copy_base_layers(
    base: LockedBase,
    target: Repository,
    store: str,
    workspace: Workspace,
    progress: Progress = silent,
    registries: Registries | None = None,
) -> None:
    """
    Put the layers of *base* into the repository *target* of *store*, those that it lacks.

    Taken over inside a registry where both are in one, else from what this machine kept, else from where the base is.
    """
    source = parse_image_source(base.reference)
    for layer in base.layers:
        if target.has(layer) or taken_over(layer, source, target, store, workspace.root, registries):
            continue
        holder = _holder(source, layer, workspace, registries, progress)
        target.write(layer, blob_chunks(holder, layer, base.reference), progress)


def _holder(
    source: ImageSource, layer: Descriptor, workspace: Workspace, registries: Registries | None, progress: Progress
) -> Repository:
    kept = kept_layers(workspace)
    return kept if kept.store.intact(layer, progress) else open_source(source, workspace.root, registries)
