"""An image in a repository, as its manifest says."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from modelport.errors import ModelportError
from modelport.image.image_sizes import sizes_of
from modelport.store.descriptor import MANIFEST_TYPE, Descriptor
from modelport.store.layout_repository import LayoutRepository
from modelport.store.repository import Repository


@dataclass(frozen=True)
class StoredImage:
    """One image on one platform; the digest of *config* is Docker's id of it."""

    descriptor: Descriptor
    config: Descriptor
    layers: tuple[Descriptor, ...]

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes, compressed, by kind of layer."""
        return sizes_of(self.layers)


def find_image(repository: Repository, tag: str) -> StoredImage | None:
    """Find the image that *tag* names; ``None`` when it names nothing."""
    found = repository.resolve(tag)
    return None if found is None else read_image(repository, found)


def is_whole(repository: Repository, blobs: Iterable[Descriptor]) -> bool:
    """Say whether a folder still has every one of an image's *blobs*; a registry keeps those that a manifest names."""
    return not isinstance(repository, LayoutRepository) or all(map(repository.has, blobs))


def read_image(repository: Repository, descriptor: Descriptor) -> StoredImage:
    """Read the manifest of an image. Raises `ModelportError` when it is none."""
    if descriptor.media_type != MANIFEST_TYPE:
        msg = f"{repository.name}@{descriptor.digest} is a {descriptor.media_type}, no image of one platform: remove it"
        raise ModelportError(msg)
    try:
        document = json.loads(repository.manifest(descriptor))
        layers = tuple(Descriptor.read(each) for each in document["layers"])
        plain = replace(descriptor, annotations={})  # a layout's index adds the name, which is none of the image's
        return StoredImage(plain, Descriptor.read(document["config"]), layers)
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{repository.name}@{descriptor.digest} is no image ({error!r}): remove it, and run the command again"
        raise ModelportError(msg) from error
