"""From an image's name to its manifest: opening the repository, and asking it what a tag or digest names."""

from pathlib import Path
from typing import Final

from modelport.image.image_error import ImageError
from modelport.image.image_source import ImageSource
from modelport.image.parse_manifest import MANIFEST_LIMIT, document_type
from modelport.store.descriptor import Descriptor
from modelport.store.layout import LayoutStore
from modelport.store.layout_repository import LayoutRepository
from modelport.store.open_repository import open_repository
from modelport.store.reference import LAYOUT, layout_folder
from modelport.store.registries import Registries
from modelport.store.repository import Repository

_SHOWN: Final = 5


def open_source(source: ImageSource, root: Path, registries: Registries | None = None) -> Repository:
    """Open the repository of *source*; the folder of a layout counts from *root*, the project's."""
    if source.store.scheme == LAYOUT:
        return LayoutRepository(LayoutStore(layout_folder(source.store, root)), source.repository)
    return open_repository(str(source.store), source.repository, root, registries)


def find_image(source: ImageSource, root: Path, registries: Registries | None = None) -> tuple[Repository, Descriptor]:
    """
    Say which manifest or index *source* names now.

    Raises `ImageError` when it names none, `modelport.store.errors.StoreError` when nobody can be asked.
    """
    repository = open_source(source, root, registries)
    if isinstance(repository, LayoutRepository):
        return repository, _in_layout(source, repository.store)
    found = repository.resolve(source.digest or source.tag or "")
    if found is None:
        msg = f"image '{source}' is not there: mend {'digest' if source.digest else 'tag'} or repository"
        raise ImageError(msg)
    if source.digest not in {None, found.digest}:
        msg = f"image '{source}': its registry answers with {found.digest}; ask its owner, or use another registry"
        raise ImageError(msg)
    return repository, found


def _in_layout(source: ImageSource, store: LayoutStore) -> Descriptor:
    if not (store.root / "oci-layout").is_file():
        msg = f"image '{source}': {source.store.place!r} is no OCI layout in the project (it has no file 'oci-layout')"
        raise ImageError(msg)
    if source.digest:
        return _by_digest(source, store, source.digest)
    index = store.index()
    if source.tag is None:
        every = {each.digest: each for each in index.entries()}
        if len(every) == 1:
            return next(iter(every.values()))
        raise _unclear(source, f"holds {len(every)} images: add ':<tag>' or '@<digest>'", sorted(index.names()))
    names = index.names()
    wanted = f"{source.repository}:{source.tag}" if source.repository else source.tag
    found = {names[name].digest: names[name] for name in names if name == wanted or name.endswith(f":{wanted}")}
    if len(found) != 1:
        raise _unclear(source, f"has {len(found)} images under this name", sorted(names))
    return next(iter(found.values()))


def _by_digest(source: ImageSource, store: LayoutStore, digest: str) -> Descriptor:
    listed = [each for each in store.index().entries() if each.digest == digest]
    if listed:
        return listed[0]
    path = store.path(digest)  # one that an index names is not listed itself
    size = path.stat().st_size if path.is_file() else 0
    if not 0 < size <= MANIFEST_LIMIT:
        msg = f"image '{source}' is not there: the layout has no manifest of this digest"
        raise ImageError(msg)
    return Descriptor(document_type(path.read_bytes(), str(source)), digest, size)


def _unclear(source: ImageSource, cause: str, names: list[str]) -> ImageError:
    more = ", ..." if len(names) > _SHOWN else ""
    has = f" (it has {', '.join(names[:_SHOWN])}{more})" if names else ""
    return ImageError(f"image '{source}': the layout {cause}{has}")
