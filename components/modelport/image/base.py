"""What is known of a base image once it was read and checked: all that an image on top of it needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from modelport.store.descriptor import Descriptor


@dataclass(frozen=True)
class LockedBase:
    """
    A base image on one platform, as `modelport.lock` keeps it.

    `modelport.image.base_plan.plan_base` finds it in the lock or reads it,
    `modelport.image.base_layers.copy_base_layers` brings its layers into the image's repository.
    """

    reference: str
    """As the user wrote it; curated and short names written out."""
    platform: str
    """Such as ``linux/amd64``."""
    digest: str
    """Of the platform's manifest, not of an index."""
    layers: tuple[Descriptor, ...]
    """With the media types of OCI, Docker's own translated: the bytes are the same."""
    diff_ids: tuple[str, ...]
    """Digests of the uncompressed layers."""
    environment: tuple[str, ...]
    """`Env` of the base's configuration, ``KEY=VALUE``."""
    labels: Mapping[str, str]
    python: str
    """Absolute path of the interpreter in the image, such as ``/usr/local/bin/python3.11``."""
    python_version: str
    """Such as ``3.11``."""
    libc: str
    """Version of glibc such as ``2.36``, or ``glibc`` where it does not show."""
    size: int
    """Sum of the compressed layers, in bytes."""
    wanted: str = ""
    """What was asked of the interpreter, its path or its version; empty when nothing was."""

    @property
    def lock_key(self) -> str:
        """Name the entry in the lock: reference, platform, and what was asked of the interpreter."""
        return base_key(self.reference, self.platform, self.wanted)


def base_key(reference: str, platform: str, wanted: str = "") -> str:
    """Name an entry in the lock."""
    return " ".join(part for part in (reference, platform, wanted) if part)
