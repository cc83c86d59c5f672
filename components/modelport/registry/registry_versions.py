"""
The versions of models in a registry: the record of version 3 is what tag ``3`` of ``models/<name>`` names.

A registry has no transactions and no compare-and-set. A number is taken by pushing its tag and looking whether it
stayed; where the registry can (Azure's), the tag is locked then.
"""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from modelport.progress import Progress, silent
from modelport.registry.content import ModelContent
from modelport.registry.errors import ModelInUseError, OverwrittenVersionError
from modelport.registry.metadata import ModelMetadata
from modelport.registry.version import RegisteredVersion, is_removed, read_version, removed_index, version_index
from modelport.registry.versions import ModelVersions, manifests, small_blobs
from modelport.store.chunks import Chunks
from modelport.store.descriptor import INDEX_TYPE, Descriptor, Document
from modelport.store.open_repository import registry_of
from modelport.store.reference import StoreLocation
from modelport.store.registries import Registries
from modelport.store.registry_errors import RegistryError
from modelport.store.registry_repository import RegistryRepository
from modelport.store.tag_lock import can_lock_tags, set_tag_lock

_SETTLE_S: Final = 0.5
"""Between pushing a tag and looking at it: who saw the number free at the same moment has pushed by then."""


class RegistryVersions(ModelVersions):
    """The registered models of the registry that *store* names."""

    knows_users = False

    def __init__(self, store: StoreLocation, registries: Registries) -> None:
        self.place = str(store)
        self._store = store
        self._client = registry_of(store, registries)
        self.locks_versions = can_lock_tags(self._client)

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
        repository = self.repository(content.name)
        self.planned(content, metadata)
        self._push(repository, content, metadata, progress)
        while True:
            found = self.placed(content, metadata)
            if isinstance(found, RegisteredVersion):
                return found
            progress(f"registering {content.name}:{found}")
            document = version_index(found, content, metadata, created, source_revision)
            if self._took(repository, found, document):
                return read_version(json.loads(document))

    def remove(self, name: str, version: int, progress: Progress = silent, *, force: bool = False) -> None:
        """Remove a version; the registry frees the blobs when it next collects its garbage."""
        found = self._find(name, version)
        if found is None:
            raise self.unknown(name, version)
        if not force:
            msg = (
                f"model {name}:{version} may be in use: registry {self._client.host} does not know who runs a model; "
                "make sure that nobody does, then repeat the command with --force"
            )
            raise ModelInUseError(msg)
        progress(f"removing {name}:{version}")
        self._erase(self.repository(name), found)

    def add_reference(self, user: str, references: Sequence[str], progress: Progress = silent) -> None:
        """Do nothing: a registry has no place for it."""

    def remove_reference(self, user: str, progress: Progress = silent) -> None:
        """Do nothing: a registry has no place for it."""

    def users(self, name: str, digest: str) -> Sequence[str]:  # noqa: ARG002 - nobody is known
        """Give nobody: a registry does not know."""
        return ()

    def has_content(self, content: ModelContent) -> bool:
        """Say whether layer and manifest are there."""
        repository = self.repository(content.name)
        return repository.has(content.layer) and repository.resolve(content.digest) is not None

    def names(self) -> Sequence[str]:
        """List the models, those without a version left too."""
        prefix = self.repository("x").path.removesuffix("x")
        return [path.removeprefix(prefix) for path in self._client.repositories() if path.startswith(prefix)]

    def numbers(self, name: str) -> Sequence[int]:
        """List the numbers of *name*."""
        return [each.version for each in self.each(name)]

    def each(self, name: str) -> Iterator[RegisteredVersion]:
        """Read the versions of *name*."""
        for number in sorted(self._tagged(name), reverse=True):
            if found := self._find(name, number):
                yield found

    def repository(self, name: str) -> RegistryRepository:
        """Give the repository of *name*."""
        return RegistryRepository(self._client, self._store, f"models/{name}")

    def last_number(self, name: str) -> int:
        """Highest number that is tagged: removed versions leave a mark."""
        return max(self._tagged(name), default=0)

    def _tagged(self, name: str) -> list[int]:
        return [int(tag) for tag in self.repository(name).tags() if tag.isascii() and tag.isdecimal()]

    def _find(self, name: str, version: int) -> RegisteredVersion | None:
        repository = self.repository(name)
        found = self._client.manifest(repository.path, str(version))
        if found is None:
            return None
        try:
            document: Document = json.loads(found[1])
            if is_removed(document):
                return None
            read = read_version(document)
        except (KeyError, TypeError, ValueError, IndexError):
            reason = "no version of a model"
            raise OverwrittenVersionError(self.place, name, version, reason) from None
        if (read.name, read.version) != (name, version):
            raise OverwrittenVersionError(self.place, name, version, read.model_id)
        return read

    def _push(
        self, repository: RegistryRepository, content: ModelContent, metadata: ModelMetadata, progress: Progress
    ) -> None:
        for blob, data in [(content.layer, Chunks(content.layer_chunks)), *small_blobs(metadata)]:
            if not repository.has(blob):
                repository.write(blob, data, progress)
        for manifest, data in manifests(content, metadata):
            if repository.resolve(manifest.digest) is None:
                repository.put_manifest(manifest.media_type, b"".join(data))

    def _took(self, repository: RegistryRepository, number: int, document: bytes) -> bool:
        """Push a record under its number; say whether it is still there after whoever was as fast."""
        if repository.resolve(str(number)) is not None:
            return False
        try:
            record = repository.put_manifest(INDEX_TYPE, document, str(number))
        except RegistryError:
            if repository.resolve(str(number)) is None:
                raise
            return False  # another writer was faster, and has locked it
        if self.locks_versions:
            set_tag_lock(self._client, repository.path, str(number), locked=True)
        else:
            time.sleep(_SETTLE_S)
        kept = repository.resolve(str(number))
        return kept is not None and kept.digest == record.digest

    def _erase(self, repository: RegistryRepository, version: RegisteredVersion) -> None:
        number = str(version.version)
        record = self._client.manifest(repository.path, number)
        if record is None:
            return
        if self.locks_versions:
            set_tag_lock(self._client, repository.path, number, locked=False)
        repository.put_manifest(INDEX_TYPE, removed_index(version.name, version.version), number)
        try:
            self._client.delete_manifest(repository.path, Descriptor.of(*record).digest)
        except RegistryError:
            repository.put_manifest(*record, number)  # as it was: a registry that deletes nothing frees nothing
            raise
        if all(other.digest != version.digest for other in self.each(version.name)):
            self._client.delete_manifest(repository.path, version.digest)
