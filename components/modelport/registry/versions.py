"""The versions of models in a store: numbered, looked up, unpacked, removed."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from modelport.progress import Progress, silent
from modelport.registry.content import ModelContent
from modelport.registry.errors import RegistrationError, UnknownModelError
from modelport.registry.extract import layer_files, unpack_layer
from modelport.registry.metadata import SAMPLE_TYPE, ModelMetadata
from modelport.registry.pickle_scan import check_trust
from modelport.registry.version import RegisteredVersion, StoredContent, samples_manifest
from modelport.store.descriptor import EMPTY_JSON, EMPTY_TYPE, MANIFEST_TYPE, Descriptor
from modelport.store.errors import StoreError
from modelport.store.repository import Repository


class ModelVersions(ABC):
    """
    The registered models of a store, which errors call *place*.

    Numbers count from 1 under each name, without gaps, and are never given twice, not even after a removal. All methods
    raise `modelport.store.errors.StoreError` when the store itself is at fault.
    """

    place: str
    knows_users: bool
    """Whether the store notes who runs a model, and so can refuse to lose it."""
    locks_versions: bool
    """Whether nobody else can give a number that is taken another meaning."""

    @abstractmethod
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

        For an existing version nothing is written, but for blobs of it that are missing. Raises `RegistrationError`
        when properties of the latest version are dropped or changed, `UntrustedPickleError` for pickles that nobody
        trusts, `modelport.store.blobs.ChangedWhileReadError` when the files changed since *content* was read.
        """

    @abstractmethod
    def remove(self, name: str, version: int, progress: Progress = silent, *, force: bool = False) -> None:
        """
        Remove a version and the blobs that only it needed; its number is not given again.

        Raises `modelport.registry.errors.ModelInUseError` when it is the last with bytes that a service runs, or may
        run where the store does not know (*force* removes it there), and `UnknownModelError`.
        """

    @abstractmethod
    def add_reference(self, user: str, references: Sequence[str], progress: Progress = silent) -> None:
        """
        Have *user* (``<backend>/<project>/<stack>/<service>``) run exactly *references*, no longer what it ran before.

        Raises `UnknownModelError` for a reference that this store does not hold.
        """

    @abstractmethod
    def remove_reference(self, user: str, progress: Progress = silent) -> None:
        """Have *user* run nothing; a user that is not known, or a store that does not exist, is no error."""

    @abstractmethod
    def users(self, name: str, digest: str) -> Sequence[str]:
        """Say who runs the model *name* with these bytes, as far as the store knows."""

    @abstractmethod
    def has_content(self, content: ModelContent) -> bool:
        """Say whether the bytes of a registered model are there, in full size."""

    @abstractmethod
    def names(self) -> Sequence[str]:
        """List the models, sorted."""

    @abstractmethod
    def numbers(self, name: str) -> Sequence[int]:
        """List the numbers of the versions of *name*, the newest first."""

    @abstractmethod
    def each(self, name: str) -> Iterator[RegisteredVersion]:
        """Read the versions of *name* one by one, the newest first."""

    @abstractmethod
    def repository(self, name: str) -> Repository:
        """Give the repository that the model *name* lies in."""

    @abstractmethod
    def last_number(self, name: str) -> int:
        """Highest number that *name* ever had; 0 without."""

    @abstractmethod
    def _find(self, name: str, version: int) -> RegisteredVersion | None:
        """Read one version."""

    def planned(self, content: ModelContent, metadata: ModelMetadata) -> int:
        """
        Say which number a registration would have now; reads only.

        Raises `RegistrationError` when it would be refused, `UntrustedPickleError` for pickles that nobody trusts.
        """
        check_trust(content.name, content.scans, trust=metadata.trust)
        found = self.placed(content, metadata)
        return found if isinstance(found, int) else found.version

    def get(self, name: str, version: int | None = None) -> RegisteredVersion:
        """Give a version of *name*, the latest without *version*. Raises `UnknownModelError`."""
        found = next(self.each(name), None) if version is None else self._find(name, version)
        if found is None:
            raise self.unknown(name, version)
        return found

    def by_digest(self, name: str, digest: str) -> RegisteredVersion:
        """Give the latest version of *name* with the content *digest*. Raises `UnknownModelError`."""
        for each in self.each(name):
            if each.digest == digest:
                return each
        msg = f"model {name!r} has no version with digest {digest} in store {self.place}; register it again"
        raise UnknownModelError(msg)

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
        groups = [self.each(each) for each in ([name] if name is not None else self.names())]
        found = [next(group, None) for group in groups] if latest else [each for group in groups for each in group]
        return [each for each in found if each is not None and _fits(each, tags or {}, properties or {})]

    def read_content(self, name: str, digest: str) -> StoredContent:
        """Say what the model *name* with *digest* holds. Raises `UnknownModelError`, `CorruptBlobError`."""
        found = self.by_digest(name, digest)
        layer = self._layer(found)
        files = layer_files(self.repository(name), name, layer)
        return StoredContent(name, digest, files, layer, found.metadata.framework, found.metadata.framework_version)

    def unpack(self, name: str, digest: str, target: Path, progress: Progress = silent) -> None:
        """
        Unpack the files of a model into the new folder *target*, verifying every byte first.

        Raises `CorruptBlobError` (nothing is left then), `RegistrationError` when *target* exists,
        `NotWritableError`, `UnknownModelError`.
        """
        found = self.by_digest(name, digest)
        unpack_layer(self.repository(name), found, self._layer(found), target, progress)

    def placed(self, content: ModelContent, metadata: ModelMetadata) -> RegisteredVersion | int:
        """Give the version that is there already, or else the next number; raises as `planned` does."""
        found = list(self.each(content.name))
        given = metadata.document()
        for each in found:
            if each.digest == content.digest and each.given == given:
                return each
        if found:
            _check_properties(found[0], metadata)
        return max(found[0].version if found else 0, self.last_number(content.name)) + 1

    def unknown(self, name: str, version: int | None) -> UnknownModelError:
        """Make the error that *name* has no such version, or is not known at all."""
        numbers = self.numbers(name)
        if version is not None and numbers:
            known = f"it has {', '.join(map(str, sorted(numbers)))}"
            return UnknownModelError(f"model {name!r} has no version {version} in store {self.place}; {known}")
        missing = f"model {name!r} is not in store {self.place}"
        try:
            names = self.names()
        except StoreError:  # not every registry lists what it has
            return UnknownModelError(missing)
        close = get_close_matches(name, names, n=1) or names[:5]
        hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else "; it holds no models"
        return UnknownModelError(f"{missing}{hint}")

    def _layer(self, version: RegisteredVersion) -> Descriptor:
        manifest = json.loads(self.repository(version.name).manifest(version.content))
        return Descriptor.read(manifest["layers"][0])


def small_blobs(metadata: ModelMetadata) -> list[tuple[Descriptor, Iterable[bytes]]]:
    """Give the blobs of a registration that fit into memory: the layer and the version's record are not among them."""
    samples = [(SAMPLE_TYPE, each.data) for each in metadata.samples().values()]
    return [_blob(media_type, data) for media_type, data in [(EMPTY_TYPE, EMPTY_JSON), *samples]]


def manifests(content: ModelContent, metadata: ModelMetadata) -> list[tuple[Descriptor, Iterable[bytes]]]:
    """Give the manifests of a registration, that of the content first."""
    samples = samples_manifest(metadata)
    return [_blob(MANIFEST_TYPE, data) for data in [content.manifest, *([samples] if samples else [])]]


def _blob(media_type: str, data: bytes) -> tuple[Descriptor, Iterable[bytes]]:
    return Descriptor.of(media_type, data), [data]


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
