"""A repository inside a layout: its tags are names ``<repository>:<tag>`` in the layout's index."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO, cast

from modelport.progress import Progress
from modelport.store.blobs import check_size
from modelport.store.descriptor import Descriptor
from modelport.store.layout import LayoutStore
from modelport.store.meter import Meter


class LayoutRepository:
    """The repository *name* of *store*. All repositories of a layout share one pool of blobs."""

    def __init__(self, store: LayoutStore, name: str) -> None:
        self.store = store
        self.name = name

    def resolve(self, tag: str) -> Descriptor | None:
        """Say what *tag* names now."""
        reference = f"{self.name}:{tag}"
        return self.store.index().names(reference).get(reference)

    def tags(self) -> Sequence[str]:
        """List the tags."""
        prefix = f"{self.name}:"
        return sorted(reference.removeprefix(prefix) for reference in self.store.index().names(prefix))

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Read a manifest."""
        with self.store.open(descriptor) as reader:
            return reader.read()

    def put_manifest(self, media_type: str, data: bytes, tag: str | None = None) -> Descriptor:
        """Store a manifest, and list it when it has a tag."""
        descriptor = Descriptor.of(media_type, data)
        if not self.store.intact(descriptor):
            self.store.write(descriptor, [data])
        if tag is not None:
            with self.store.transaction() as index:
                index.put(f"{self.name}:{tag}", descriptor)
        return descriptor

    def has(self, descriptor: Descriptor) -> bool:
        """Say whether the blob is here."""
        return self.store.has(descriptor)

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """Open a blob."""
        return cast("BinaryIO", self.store.open(descriptor))

    def open_parts(self, descriptor: Descriptor) -> BinaryIO:
        """Open a blob for reading anywhere in it."""
        path = self.store.path(descriptor.digest)
        check_size(path, descriptor)
        return path.open("rb")

    def write(self, descriptor: Descriptor, chunks: Iterable[bytes], progress: Progress) -> None:
        """Write a blob."""
        meter = Meter(f"writing {descriptor.digest[:19]}", descriptor.size, progress)
        self.store.write(descriptor, meter.over(chunks))

    def mount(self, descriptor: Descriptor, other: str) -> bool:  # noqa: ARG002 - one pool: wherever it came from
        """Say whether the blob is here: nothing moves inside a layout."""
        return self.store.has(descriptor)
