"""One repository of a store, whatever the store is: what the builder of images and the models' versions write to."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO, Protocol

from modelport.progress import Progress
from modelport.store.descriptor import Descriptor


class Repository(Protocol):
    """
    Manifests by tag and digest, and the blobs they name. Source: OCI distribution specification 1.1.

    Every method raises `modelport.store.errors.StoreError`, in words for a user. What is read is verified: bytes that
    are not what their digest says raise `CorruptBlobError` and are never handed on as a whole.
    """

    name: str
    """``models/<name>`` or ``images/<name>``, without the store's own prefix."""

    def resolve(self, tag: str) -> Descriptor | None:
        """Say what *tag* names now; ``None`` when it names nothing."""
        ...

    def tags(self) -> Sequence[str]:
        """List the tags, sorted; nothing for a repository that does not exist."""
        ...

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Read the manifest (or index) of *descriptor*."""
        ...

    def put_manifest(self, media_type: str, data: bytes, tag: str | None = None) -> Descriptor:
        """
        Store a manifest whose blobs are stored already, under *tag* too when given.

        Without a tag a layout keeps it as long as a tagged index names it, as a registry does.
        """
        ...

    def has(self, descriptor: Descriptor) -> bool:
        """Say whether the blob is here, in its full size; bytes are not read."""
        ...

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """Open a blob for reading from start to end; reading it to the end verifies it."""
        ...

    def open_parts(self, descriptor: Descriptor) -> BinaryIO:
        """Open a blob for reading anywhere in it, to list what an archive holds; what is read is not verified."""
        ...

    def write(self, descriptor: Descriptor, chunks: Iterable[bytes], progress: Progress) -> None:
        """
        Write a blob; *chunks* must be what *descriptor* says. A layout replaces a corrupt blob, a registry cannot.

        Let *chunks* be no iterator but something that can be iterated again (a list, `modelport.store.chunks.Chunks`):
        only then can an upload begin anew that a registry has forgotten. Raises
        `modelport.store.blobs.ChangedWhileReadError` when they are not what was announced; nothing is left then.
        """
        ...

    def mount(self, descriptor: Descriptor, other: str) -> bool:
        """Take the blob over from repository *other* of the same store without moving bytes; say whether it worked."""
        ...
