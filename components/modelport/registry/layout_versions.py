"""The versions of models in a folder: one writer at a time, and a ledger of who runs what."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from modelport.progress import Progress, silent
from modelport.registry.content import ModelContent
from modelport.registry.errors import ModelInUseError
from modelport.registry.graph import needed
from modelport.registry.ledger import is_user, last_number, remember_number, set_references, users_of
from modelport.registry.metadata import ModelMetadata
from modelport.registry.records import DIGEST_ANNOTATION, numbered, records_of, reference_name
from modelport.registry.version import RegisteredVersion, read_version, version_index
from modelport.registry.versions import ModelVersions, manifests, small_blobs
from modelport.store.descriptor import EMPTY_JSON, EMPTY_TYPE, INDEX_TYPE, REF_NAME, Descriptor
from modelport.store.errors import StoreError
from modelport.store.layout import LayoutIndex, LayoutStore
from modelport.store.layout_repository import LayoutRepository
from modelport.store.meter import Meter
from modelport.store.reference import parse_reference


class LayoutVersions(ModelVersions):
    """The registered models of the layout *store*. Blobs that are corrupt are mended by registering them again."""

    knows_users = True
    locks_versions = True

    def __init__(self, store: LayoutStore) -> None:
        self.store = store
        self.place = str(store.root)

    def register(
        self,
        content: ModelContent,
        metadata: ModelMetadata,
        *,
        created: datetime,
        source_revision: str | None = None,
        progress: Progress = silent,
    ) -> RegisteredVersion:
        """Register *content*."""
        self.planned(content, metadata)
        blobs = _blobs(content, metadata)
        while True:
            self._write_blobs(content, blobs, progress)
            with self.store.transaction(progress) as index:
                if not all(self.store.has(blob) for blob in [content.layer, *(blob for blob, _ in blobs)]):
                    continue  # a removal has just freed them
                found = self.placed(content, metadata)
                if isinstance(found, RegisteredVersion):
                    return found
                document = version_index(found, content, metadata, created, source_revision)
                record = Descriptor.of(INDEX_TYPE, document)
                self.store.write(record, [document])
                named = Descriptor(record.media_type, record.digest, record.size, {DIGEST_ANNOTATION: content.digest})
                index.put(reference_name(content.name, found), named)
                return self._read(named)

    def remove(self, name: str, version: int, progress: Progress = silent, *, force: bool = False) -> None:  # noqa: ARG002 - nothing to force: who runs it is known
        """Remove a version."""
        reference = reference_name(name, version)
        with self.store.transaction(progress) as index:
            record = index.names(reference).get(reference)
            if record is None:
                raise self.unknown(name, version)
            _refuse_use(index, name, version)
            remember_number(index, name, version)
            index.drop(reference)
            own = needed(self.store, [record], corrupt_ends=True)
            index.freed |= own - needed(self.store, index.entries()) - {Descriptor.of(EMPTY_TYPE, EMPTY_JSON).digest}

    def add_reference(self, user: str, references: Sequence[str], progress: Progress = silent) -> None:
        """Note what *user* runs."""
        parsed = [parse_reference(reference) for reference in references]
        with self.store.transaction(progress) as index:
            for reference in parsed:
                self.by_digest(reference.name, reference.digest)
            set_references(index, user, parsed)

    def remove_reference(self, user: str, progress: Progress = silent) -> None:
        """Forget *user*."""
        if is_user(self.store.index(), user):
            with self.store.transaction(progress) as index:
                set_references(index, user, [])

    def users(self, name: str, digest: str) -> Sequence[str]:
        """Say who runs the model."""
        return users_of(self.store.index(), name, digest)

    def by_digest(self, name: str, digest: str) -> RegisteredVersion:
        """Give the latest version with the content *digest*; the index says which it is, and no other is read."""
        for record in records_of(self.store.index(), name).values():
            if record.annotations.get(DIGEST_ANNOTATION) == digest:
                return self._read(record)
        return super().by_digest(name, digest)

    def has_content(self, content: ModelContent) -> bool:
        """Say whether the layer is there."""
        return self.store.has(content.layer)

    def names(self) -> Sequence[str]:
        """List the models."""
        return sorted({each for each, _ in numbered(self.store.index())})

    def numbers(self, name: str) -> Sequence[int]:
        """List the numbers of *name*."""
        return list(records_of(self.store.index(), name))

    def each(self, name: str) -> Iterator[RegisteredVersion]:
        """Read the versions of *name*."""
        return map(self._read, records_of(self.store.index(), name).values())

    def repository(self, name: str) -> LayoutRepository:
        """Give the repository of *name*."""
        return LayoutRepository(self.store, f"models/{name}")

    def last_number(self, name: str) -> int:
        """Highest number that was removed."""
        return last_number(self.store.index(), name)

    def _find(self, name: str, version: int) -> RegisteredVersion | None:
        record = records_of(self.store.index(), name).get(version)
        return None if record is None else self._read(record)

    def _write_blobs(
        self, content: ModelContent, blobs: list[tuple[Descriptor, Iterable[bytes]]], progress: Progress
    ) -> None:
        chunks = Meter(f"registering {content.name}", content.layer.size, progress).over(content.layer_chunks())
        for blob, data in [(content.layer, chunks), *blobs]:
            if not self.store.intact(blob, progress):
                self.store.write(blob, data)

    def _read(self, record: Descriptor) -> RegisteredVersion:
        document = self.store.document(record)
        try:
            return read_version(document)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            msg = f"store {self.place}: {record.annotations[REF_NAME]} is no registered model ({error!r}); remove it"
            raise StoreError(msg) from error


def _blobs(content: ModelContent, metadata: ModelMetadata) -> list[tuple[Descriptor, Iterable[bytes]]]:
    return [*manifests(content, metadata), *small_blobs(metadata)]


def _refuse_use(index: LayoutIndex, name: str, version: int) -> None:
    records = records_of(index, name)
    digest = records[version].annotations.get(DIGEST_ANNOTATION, "")
    others = [
        number
        for number, each in records.items()
        if number != version and each.annotations.get(DIGEST_ANNOTATION) == digest
    ]
    users = users_of(index, name, digest)
    if users and not others:
        msg = f"model {name}:{version} is in use by {', '.join(users)}; bring these services down first"
        raise ModelInUseError(msg)
