"""One image on one platform, as its manifest and its configuration describe it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from modelport.image.image_error import ImageError
from modelport.image.parse_manifest import (
    CONFIG_LIMIT,
    INDEX_TYPES,
    MANIFEST_TYPES,
    SCHEMA_1_TYPES,
    checked_descriptor,
    config_of,
    layers_of,
    listed,
    mapped,
    read_json,
    schema_1_error,
)
from modelport.store.descriptor import Descriptor, Document
from modelport.store.reference import DIGEST
from modelport.store.repository import Repository

_MOST_LAYERS: Final = 127
"""What Docker's overlay file system mounts."""


@dataclass(frozen=True)
class PlatformImage:
    """What a manifest and its configuration say; layers are not read."""

    descriptor: Descriptor
    config: Descriptor
    platform: str
    layers: tuple[Descriptor, ...]
    diff_ids: tuple[str, ...]
    environment: tuple[str, ...]
    labels: Mapping[str, str]

    @property
    def size(self) -> int:
        """Compressed, in bytes."""
        return sum(each.size for each in self.layers)


def read_platform_image(repository: Repository, descriptor: Descriptor, platform: str, shown: str) -> PlatformImage:
    """
    Read the image of *platform* (``linux/amd64``) that *descriptor* names, directly or through an index.

    Raises `ImageError` when there is none, or when it is damaged.
    """
    manifest = descriptor
    if descriptor.media_type in INDEX_TYPES:
        manifest = _of_platform(read_json(repository, descriptor, shown), platform, shown)
    found = read_image(repository, manifest, shown)
    if found.platform != platform:
        msg = f"image '{shown}' is for {found.platform}, {platform} is wanted: choose another image or platform"
        raise ImageError(msg)
    return found


def read_image(repository: Repository, descriptor: Descriptor, shown: str) -> PlatformImage:
    """Read the manifest of *descriptor* and its configuration."""
    if descriptor.media_type in SCHEMA_1_TYPES:
        raise schema_1_error(shown)
    if descriptor.media_type not in MANIFEST_TYPES:
        msg = f"'{shown}' is no container image: its manifest is {descriptor.media_type[:80]!r}"
        raise ImageError(msg)
    manifest = read_json(repository, descriptor, shown)
    described = config_of(manifest, shown)
    config = read_json(repository, described, shown, CONFIG_LIMIT)
    layers = layers_of(manifest, shown)
    diff_ids = tuple(str(each) for each in listed(mapped(config.get("rootfs")).get("diff_ids")))
    if not all(DIGEST.fullmatch(each) for each in diff_ids) or not len(diff_ids) == len(layers) <= _MOST_LAYERS:
        msg = f"image '{shown}' has {len(layers)} layers and {len(diff_ids)} diff ids: it is damaged, or too deep"
        raise ImageError(msg)
    said = mapped(config.get("config"))
    return PlatformImage(
        descriptor,
        described,
        f"{config.get('os')}/{config.get('architecture')}",
        layers,
        diff_ids,
        tuple(str(each) for each in listed(said.get("Env"))),
        {str(name): str(text) for name, text in mapped(said.get("Labels")).items()},
    )


def manifests_of(index: Document, shown: str) -> Iterator[tuple[str, Descriptor]]:
    """Give platform (``unknown/unknown`` for what is no image, such as attestations) and descriptor of each entry."""
    for each in listed(index.get("manifests")):
        said = mapped(mapped(each).get("platform"))
        yield f"{said.get('os', 'unknown')}/{said.get('architecture', 'unknown')}", checked_descriptor(each, shown)


def _of_platform(index: Document, platform: str, shown: str) -> Descriptor:
    entries = list(manifests_of(index, shown))
    for has, descriptor in entries:
        if has == platform:
            return descriptor
    every = ", ".join(sorted({has for has, _ in entries} - {"unknown/unknown"})) or "none"
    msg = f"image '{shown}' is not there for {platform} (it is for {every}): choose another image or platform"
    raise ImageError(msg)
