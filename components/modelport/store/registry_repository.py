"""A repository of a registry."""

import io
import re
from collections.abc import Iterable, Sequence
from typing import BinaryIO, cast

from modelport.progress import Progress
from modelport.store.descriptor import Descriptor
from modelport.store.errors import CorruptBlobError, InvalidReferenceError
from modelport.store.reference import StoreLocation
from modelport.store.registry_client import RegistryClient
from modelport.store.verified import CHUNK

_PATH = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*", re.ASCII)
_LONGEST = 255


class RegistryRepository:
    """
    The repository *name* below the prefix of *store*.

    Raises `InvalidReferenceError` when a registry cannot have a repository of that name.
    """

    def __init__(self, client: RegistryClient, store: StoreLocation, name: str) -> None:
        self.client = client
        self.name = name
        self._prefix = store.place.partition("/")[2]
        self.path = self._path(name)
        if not _PATH.fullmatch(self.path) or len(self.path) > _LONGEST:
            msg = (
                f"{name!r} cannot be a repository of store '{store}': registries take at most {_LONGEST} lowercase "
                "letters and digits, with single '.', '_' or '-' between them; choose another name or prefix"
            )
            raise InvalidReferenceError(msg)

    def resolve(self, tag: str) -> Descriptor | None:
        """Say what *tag* names now."""
        return self.client.resolve(self.path, tag)

    def tags(self) -> Sequence[str]:
        """List the tags."""
        return self.client.tags(self.path)

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Read a manifest."""
        found = self.client.manifest(self.path, descriptor.digest)
        if found is None:
            place = f"registry {self.client.host}, repository {self.path!r},"
            raise CorruptBlobError(descriptor.digest, place, "does not have it", "register or build it again")
        return found[1]

    def put_manifest(self, media_type: str, data: bytes, tag: str | None = None) -> Descriptor:
        """Store a manifest."""
        return self.client.put_manifest(self.path, media_type, data, tag)

    def has(self, descriptor: Descriptor) -> bool:
        """Say whether the blob is there."""
        return self.client.has(self.path, descriptor)

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """Open a blob."""
        return self.client.open(self.path, descriptor)

    def open_parts(self, descriptor: Descriptor) -> BinaryIO:
        """Open a blob for reading anywhere in it; each jump costs a request."""
        return cast("BinaryIO", io.BufferedReader(self.client.open_parts(self.path, descriptor), CHUNK))

    def write(self, descriptor: Descriptor, chunks: Iterable[bytes], progress: Progress) -> None:
        """Upload a blob. A corrupt one stays: registries keep what they have under a digest."""
        self.client.upload(self.path, descriptor, chunks, progress)

    def mount(self, descriptor: Descriptor, other: str) -> bool:
        """Take a blob over; the registry may not want to."""
        return self.client.mount(self.path, descriptor, self._path(other))

    def _path(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name
