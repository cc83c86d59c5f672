"""Reading manifests, indexes and configurations that others wrote: OCI's and Docker's (schema 2)."""

import json
from collections.abc import Mapping
from typing import Any, Final

from modelport.image.image_error import ImageError
from modelport.store.descriptor import INDEX_TYPE, LAYER_TYPE, MANIFEST_TYPE, Descriptor, Document
from modelport.store.reference import DIGEST
from modelport.store.repository import Repository

MANIFEST_LIMIT: Final = 4 << 20
"""Bytes: what the OCI distribution specification has registries accept."""
CONFIG_LIMIT: Final = 8 << 20
"""Bytes: many times what builders write."""

CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"
_DOCKER: Final = "application/vnd.docker."
DOCKER_INDEX: Final = f"{_DOCKER}distribution.manifest.list.v2+json"
DOCKER_MANIFEST: Final = f"{_DOCKER}distribution.manifest.v2+json"
_DOCKER_CONFIG: Final = f"{_DOCKER}container.image.v1+json"
INDEX_TYPES: Final = frozenset({INDEX_TYPE, DOCKER_INDEX})
MANIFEST_TYPES: Final = frozenset({MANIFEST_TYPE, DOCKER_MANIFEST})
SCHEMA_1_TYPES: Final = frozenset(f"{_DOCKER}distribution.manifest.v1+{each}" for each in ("json", "prettyjws"))
_CONFIG_TYPES: Final = frozenset({CONFIG_TYPE, _DOCKER_CONFIG})
_LAYER_TYPES: Final[Mapping[str, str]] = {
    f"{_DOCKER}image.rootfs.diff.tar": LAYER_TYPE,
    f"{_DOCKER}image.rootfs.diff.tar.gzip": f"{LAYER_TYPE}+gzip",
    **{kind: kind for kind in (LAYER_TYPE, f"{LAYER_TYPE}+gzip", f"{LAYER_TYPE}+zstd")},
}


def read_json(repository: Repository, descriptor: Descriptor, shown: str, limit: int = MANIFEST_LIMIT) -> Document:
    """Read a JSON object of at most *limit* bytes; raises `ImageError` in words about the image *shown*."""
    if descriptor.size > limit:
        msg = f"image '{shown}': {descriptor.digest} has {descriptor.size} bytes, at most {limit} are read"
        raise ImageError(msg)
    if descriptor.media_type in INDEX_TYPES | MANIFEST_TYPES:
        return _object(repository.manifest(descriptor), shown)
    with repository.open(descriptor) as reader:
        return _object(reader.read(), shown)


def document_type(data: bytes, shown: str) -> str:
    """Say what kind of document *data* is: the media type it states, or the one that its keys show."""
    document = _object(data, shown)
    stated = document.get("mediaType")
    if isinstance(stated, str):
        return stated
    return INDEX_TYPE if "manifests" in document else MANIFEST_TYPE


def checked_descriptor(value: object, shown: str) -> Descriptor:
    """Read a descriptor, believing nothing; raises `ImageError`."""
    found = value if isinstance(value, Mapping) else {}
    kind, digest, size = found.get("mediaType"), found.get("digest"), found.get("size")
    if not isinstance(kind, str) or not isinstance(digest, str) or type(size) is not int or size < 0:
        msg = f"image '{shown}': its manifest has a damaged descriptor; build or pull the image again"
        raise ImageError(msg)
    if not DIGEST.fullmatch(digest):
        msg = f"image '{shown}' names a blob {digest[:80]!r}: only sha256 digests are read"
        raise ImageError(msg)
    return Descriptor(kind, digest, size)


def schema_1_error(shown: str) -> ImageError:
    """Say that *shown* is of the format before 2016, which names no configuration and no uncompressed digests."""
    return ImageError(
        f"image '{shown}' has a manifest of schema 1, which is not read: push it again with today's tools"
    )


def config_of(manifest: Document, shown: str) -> Descriptor:
    """Give the descriptor of the configuration; raises `ImageError` when this is no image."""
    config = checked_descriptor(manifest.get("config"), shown)
    if config.media_type not in _CONFIG_TYPES:
        msg = f"'{shown}' is no container image: its configuration is {config.media_type[:80]!r}"
        raise ImageError(msg)
    return config


def layers_of(manifest: Document, shown: str) -> tuple[Descriptor, ...]:
    """Give the layers, with OCI's media types; raises `ImageError` for kinds that cannot be taken over."""
    layers = []
    for each in listed(manifest.get("layers")):
        found = checked_descriptor(each, shown)
        kind = _LAYER_TYPES.get(found.media_type)
        if kind is None:
            msg = f"image '{shown}' has a layer of type {found.media_type[:80]!r}, which cannot be copied"
            raise ImageError(msg)
        layers.append(Descriptor(kind, found.digest, found.size))
    return tuple(layers)


def listed(value: object) -> list[Any]:
    """Take *value* for the list that it should be; anything else is an empty one."""
    return value if isinstance(value, list) else []


def mapped(value: object) -> dict[str, Any]:
    """Take *value* for the object that it should be; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def _object(data: bytes, shown: str) -> Document:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        msg = f"image '{shown}': its manifest or configuration is no JSON object; build or pull the image again"
        raise ImageError(msg)
    if document.get("schemaVersion") == 1:
        raise schema_1_error(shown)
    return document
