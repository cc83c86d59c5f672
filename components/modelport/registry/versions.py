"""The versions of models in a store: numbered, looked up, unpacked, removed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from modelport.progress import Progress, silent
from modelport.registry.content import ModelContent
from modelport.registry.errors import ModelInUseError, RegistrationError, UnknownModelError
from modelport.registry.extract import layer_files, unpack_layer
from modelport.registry.graph import needed
from modelport.registry.ledger import is_user, last_number, remember_number, set_references, users_of
from modelport.registry.metadata import SAMPLE_TYPE, ModelMetadata
from modelport.registry.pickle_scan import check_trust
from modelport.registry.records import DIGEST_ANNOTATION, numbered, records_of, reference_name
from modelport.registry.version import (
    RegisteredVersion,
    StoredContent,
    read_version,
    samples_manifest,
    version_index,
)
from modelport.store.descriptor import EMPTY_JSON, EMPTY_TYPE, INDEX_TYPE, MANIFEST_TYPE, REF_NAME, Descriptor
from modelport.store.errors import StoreError
from modelport.store.layout import LayoutIndex, LayoutStore
from modelport.store.meter import Meter
from modelport.store.reference import parse_reference


class ModelVersions:
    """
    The registered models of *store*.

    Numbers count from 1 under each name, without gaps, and are never given twice, not even after a removal. All methods
    raise `modelport.store.errors.StoreError` when the store itself is at fault.
    """

    def __init__(self, store: LayoutStore) -> None:
        self.store = store

    def planned(self, content: ModelContent, metadata: ModelMetadata) -> int:
        """
        Say which number a registration would have now; reads only.

        Raises `RegistrationError` when it would be refused, `UntrustedPickleError` for pickles that run code.
        """
        check_trust(content.name, content.scans, trust=metadata.trust)
        found = self._place(self.store.index(), content, metadata)
        return found if isinstance(found, int) else found.version

    def register(
        self,
        content: ModelContent,
        metadata: ModelMetadata,
        *,
        created: datetime,
        source_revision: str | None = None,
        progress: Progress = silent,
    ) -> RegisteredVersion:
        """
        Register *content*: the version that has these bytes and this metadata, or else the next number.

        For an existing version nothing is written, but for blobs of it that are missing or corrupt. Raises
        `RegistrationError` when properties of the latest version are dropped or changed, `UntrustedPickleError`,
        `modelport.store.blobs.ChangedWhileReadError` when the files changed since *content* was read.
        """
        self.planned(content, metadata)
        while True:
            self._write_blobs(content, metadata, progress)
            with self.store.transaction(progress) as index:
                if not all(self.store.has(blob) for blob in _blobs(content, metadata)):
                    continue  # a removal has just freed them
                found = self._place(index, content, metadata)
                if isinstance(found, RegisteredVersion):
                    return found
                document = version_index(found, content, metadata, created, source_revision)
                record = Descriptor.of(INDEX_TYPE, document)
                self.store.write(record, [document])
                named = Descriptor(record.media_type, record.digest, record.size, {DIGEST_ANNOTATION: content.digest})
                index.put(reference_name(content.name, found), named)
                return self._read(named)

    def get(self, name: str, version: int | None = None) -> RegisteredVersion:
        """Give a version of *name*, the latest without *version*. Raises `UnknownModelError`."""
        index = self.store.index()
        records = records_of(index, name)
        record = next(iter(records.values()), None) if version is None else records.get(version)
        if record is None:
            raise self._unknown(index, name, version)
        return self._read(record)

    def by_digest(self, name: str, digest: str) -> RegisteredVersion:
        """Give the latest version of *name* with the content *digest*. Raises `UnknownModelError`."""
        return self._by_digest(self.store.index(), name, digest)

    def list(
        self,
        *,
        name: str | None = None,
        tags: Mapping[str, str | None] | None = None,
        properties: Mapping[str, str | None] | None = None,
        latest: bool = False,
    ) -> Sequence[RegisteredVersion]:
        """
        List versions by name, the newest first, that have all *tags* and *properties* (a value of ``None``: any value).

        With *latest* only the newest version of each name is looked at.
        """
        index = self.store.index()
        names = [name] if name is not None else sorted({each for each, _ in numbered(index)})
        records = [list(records_of(index, each).values())[: 1 if latest else None] for each in names]
        found = [self._read(record) for group in records for record in group]
        return [each for each in found if _fits(each, tags or {}, properties or {})]

    def read_content(self, name: str, digest: str) -> StoredContent:
        """Say what the model *name* with *digest* holds. Raises `UnknownModelError`, `CorruptBlobError`."""
        found = self.by_digest(name, digest)
        layer = Descriptor.read(self.store.document(found.content)["layers"][0])
        files = layer_files(self.store, name, layer)
        return StoredContent(name, digest, files, layer, found.metadata.framework, found.metadata.framework_version)

    def unpack(self, name: str, digest: str, target: Path, progress: Progress = silent) -> StoredContent:
        """
        Unpack the files of a model into the new folder *target*, verifying every byte first.

        Raises `CorruptBlobError` (nothing is left then), `RegistrationError` when *target* exists,
        `NotWritableError`, `UnknownModelError`.
        """
        content = self.read_content(name, digest)
        unpack_layer(self.store, content, target, progress)
        return content

    def remove(self, name: str, version: int, progress: Progress = silent) -> None:
        """
        Remove a version and the blobs that only it needed; its number is not given again.

        Raises `ModelInUseError` when it is the last with bytes that a service runs, `UnknownModelError`.
        """
        reference = reference_name(name, version)
        with self.store.transaction(progress) as index:
            record = index.names(reference).get(reference)
            if record is None:
                raise self._unknown(index, name, version)
            _refuse_use(index, name, version)
            remember_number(index, name, version)
            index.drop(reference)
            own = needed(self.store, [record], corrupt_ends=True)
            index.freed |= own - needed(self.store, index.entries()) - {Descriptor.of(EMPTY_TYPE, EMPTY_JSON).digest}

    def add_reference(self, user: str, references: Sequence[str], progress: Progress = silent) -> None:
        """
        Have *user* (``<backend>/<project>/<stack>/<service>``) run exactly *references*, no longer what it ran before.

        Raises `UnknownModelError` for a reference that this store does not hold.
        """
        parsed = [parse_reference(reference) for reference in references]
        with self.store.transaction(progress) as index:
            for reference in parsed:
                self._by_digest(index, reference.name, reference.digest)
            set_references(index, user, parsed)

    def remove_reference(self, user: str, progress: Progress = silent) -> None:
        """Have *user* run nothing; a user that is not known, or a store that does not exist, is no error."""
        if is_user(self.store.index(), user):
            with self.store.transaction(progress) as index:
                set_references(index, user, [])

    def users(self, name: str, digest: str) -> Sequence[str]:
        """Say who runs the model *name* with these bytes."""
        return users_of(self.store.index(), name, digest)

    def _place(self, index: LayoutIndex, content: ModelContent, metadata: ModelMetadata) -> RegisteredVersion | int:
        """Give the version that is there already, or else the next number."""
        found = [self._read(record) for record in records_of(index, content.name).values()]
        given = metadata.document()
        for each in found:
            if each.digest == content.digest and each.given == given:
                return each
        if found:
            _check_properties(found[0], metadata)
        highest = found[0].version if found else 0
        return max(highest, last_number(index, content.name)) + 1

    def _write_blobs(self, content: ModelContent, metadata: ModelMetadata, progress: Progress) -> None:
        chunks = Meter(f"registering {content.name}", content.layer.size, progress).over(content.layer_chunks())
        for blob, data in [(content.layer, chunks), *_small_blobs(content, metadata)]:
            if not self.store.intact(blob, progress):
                self.store.write(blob, data)

    def _by_digest(self, index: LayoutIndex, name: str, digest: str) -> RegisteredVersion:
        for record in records_of(index, name).values():
            if record.annotations.get(DIGEST_ANNOTATION) == digest:
                return self._read(record)
        msg = f"model {name!r} has no version with digest {digest} in store {self.store.root}; register it again"
        raise UnknownModelError(msg)

    def _read(self, record: Descriptor) -> RegisteredVersion:
        document = self.store.document(record)
        try:
            return read_version(document)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            msg = (
                f"store {self.store.root}: {record.annotations[REF_NAME]} is no registered model ({error!r}); remove it"
            )
            raise StoreError(msg) from error

    def _unknown(self, index: LayoutIndex, name: str, version: int | None) -> UnknownModelError:
        numbers = list(records_of(index, name))
        if version is not None and numbers:
            known = f"it has {', '.join(map(str, sorted(numbers)))}"
            return UnknownModelError(f"model {name!r} has no version {version} in store {self.store.root}; {known}")
        names = sorted({each for each, _ in numbered(index)})
        close = get_close_matches(name, names, n=1) or names[:5]
        hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else "; it holds no models"
        return UnknownModelError(f"model {name!r} is not in store {self.store.root}{hint}")


def _small_blobs(content: ModelContent, metadata: ModelMetadata) -> list[tuple[Descriptor, Iterable[bytes]]]:
    documents = [(EMPTY_TYPE, EMPTY_JSON), (MANIFEST_TYPE, content.manifest)]
    if samples := samples_manifest(metadata):
        documents += [(MANIFEST_TYPE, samples), *((SAMPLE_TYPE, each.data) for each in metadata.samples().values())]
    return [(Descriptor.of(media_type, data), [data]) for media_type, data in documents]


def _blobs(content: ModelContent, metadata: ModelMetadata) -> list[Descriptor]:
    return [content.layer, *(blob for blob, _ in _small_blobs(content, metadata))]


def _fits(version: RegisteredVersion, tags: Mapping[str, str | None], properties: Mapping[str, str | None]) -> bool:
    wanted = [(version.metadata.tags, tags), (version.metadata.properties, properties)]
    return all(key in has and value in {None, has[key]} for has, asked in wanted for key, value in asked.items())


def _check_properties(latest: RegisteredVersion, metadata: ModelMetadata) -> None:
    for key, old in latest.metadata.properties.items():
        new = metadata.properties.get(key)
        if new != old:
            change = "be dropped" if new is None else f"become {new!r}"
            msg = (
                f"model {latest.name!r}: property {key!r} is {old!r} in version {latest.version} and would {change}; "
                "properties can only be added: keep it (tags may change), or register under another name"
            )
            raise RegistrationError(msg)


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
