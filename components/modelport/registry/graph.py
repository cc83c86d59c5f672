"""Which blobs a store's entries need."""

from collections.abc import Iterable

from modelport.store.descriptor import INDEX_TYPE, MANIFEST_TYPE, Descriptor
from modelport.store.errors import CorruptBlobError
from modelport.store.layout import LayoutStore

_DOCUMENTS = frozenset({INDEX_TYPE, MANIFEST_TYPE})


def needed(store: LayoutStore, entries: Iterable[Descriptor], *, corrupt_ends: bool = False) -> set[str]:
    """
    Give the digests of all blobs that *entries* lead to, their own included.

    A corrupt document raises `CorruptBlobError`, or ends its branch where *corrupt_ends*.
    """
    found: set[str] = set()
    ahead = list(entries)
    while ahead:
        descriptor = ahead.pop()
        if descriptor.digest in found:
            continue
        found.add(descriptor.digest)
        if descriptor.media_type in _DOCUMENTS:
            ahead += _children(store, descriptor, corrupt_ends=corrupt_ends)
    return found


def _children(store: LayoutStore, descriptor: Descriptor, *, corrupt_ends: bool) -> list[Descriptor]:
    try:
        document = store.document(descriptor)
    except CorruptBlobError:
        if corrupt_ends:
            return []
        raise
    config = [document["config"]] if "config" in document else []
    return [Descriptor.read(child) for child in [*document.get("manifests", []), *config, *document.get("layers", [])]]
