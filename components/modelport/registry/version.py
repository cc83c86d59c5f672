"""A registered version, and the OCI index that is its record."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import cast

from modelport.registry.content import COUNT_ANNOTATION, NAME_ANNOTATION, ModelContent
from modelport.registry.framework import Framework
from modelport.registry.metadata import ModelMetadata
from modelport.registry.pickle_scan import RegisteredScan, Verdict, registered_scan
from modelport.resources import Resources
from modelport.store.descriptor import (
    INDEX_TYPE,
    MANIFEST_TYPE,
    Descriptor,
    Document,
    artifact_manifest,
    canonical_json,
)

VERSION_TYPE = "application/vnd.modelport.model-version.v1"
REMOVED_TYPE = "application/vnd.modelport.removed-version.v1"
SAMPLES_TYPE = "application/vnd.modelport.samples.v1"
ROLE_ANNOTATION = "vnd.modelport.sample"
_GIVEN = "vnd.modelport.model.metadata"
_FRAMEWORK = "vnd.modelport.model.framework"
_FRAMEWORK_VERSION = "vnd.modelport.model.framework-version"
_SIZE = "vnd.modelport.model.size"
_CREATED = "org.opencontainers.image.created"
_VERSION = "org.opencontainers.image.version"
_SCAN = "vnd.modelport.model.pickle-scan"
_SCANNER = "vnd.modelport.model.pickle-scan.version"
_SCAN_FINDINGS = "vnd.modelport.model.pickle-scan.findings"
_REVISION = "org.opencontainers.image.revision"


@dataclass(frozen=True)
class RegisteredMetadata:
    """What is kept beside the bytes; framework and its version are the given ones, else the detected ones."""

    tags: Mapping[str, str]
    properties: Mapping[str, str]
    description: str | None
    framework: Framework
    framework_version: str | None
    resources: Resources
    samples: Mapping[str, Descriptor]
    """By role, ``input`` and ``output``."""


@dataclass(frozen=True)
class RegisteredVersion:
    """A version of a model: never changed again. *size* is in bytes, of all files together."""

    name: str
    version: int
    content: Descriptor
    """The content manifest."""
    created: datetime
    source_revision: str | None
    metadata: RegisteredMetadata
    file_count: int
    size: int
    scan: RegisteredScan | None
    """Of its pickles; None for a version that was registered before they were looked at."""
    given: Document
    """The user's own metadata as a document: equal documents and equal bytes are one version."""

    @property
    def digest(self) -> str:
        """``sha256:...`` of the content: the same for equal bytes under one name."""
        return self.content.digest

    @property
    def model_id(self) -> str:
        """Azure ML's ``name:version``."""
        return f"{self.name}:{self.version}"


@dataclass(frozen=True)
class StoredFile:
    """A file of a registered model; *path* in the model, *size* in bytes."""

    path: str
    size: int

    @property
    def parts(self) -> tuple[str, ...]:
        """The path's parts."""
        return PurePosixPath(self.path).parts


@dataclass(frozen=True)
class StoredContent:
    """The content of a registered model: what `read_model` says of files, for one in a store."""

    name: str
    digest: str
    files: tuple[StoredFile, ...]
    layer: Descriptor
    framework: Framework
    framework_version: str | None

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def samples_manifest(metadata: ModelMetadata) -> bytes | None:
    """Write the manifest of the samples; ``None`` without samples."""
    layers = [
        Descriptor(plain.media_type, plain.digest, plain.size, {**plain.annotations, ROLE_ANNOTATION: role})
        for role, sample in metadata.samples().items()
        for plain in [sample.descriptor]
    ]
    return artifact_manifest(SAMPLES_TYPE, layers, {}) if layers else None


def version_index(
    number: int, content: ModelContent, metadata: ModelMetadata, created: datetime, revision: str | None
) -> bytes:
    """Write the record of version *number*: an OCI index over content and samples."""
    samples = samples_manifest(metadata)
    framework_version = metadata.framework_version
    if framework_version is None and metadata.framework in {None, content.framework}:
        framework_version = content.framework_version
    said = {
        NAME_ANNOTATION: content.name,
        COUNT_ANNOTATION: str(len(content.files)),
        _SIZE: str(content.size),
        _VERSION: str(number),
        _CREATED: created.astimezone(UTC).isoformat(),
        _REVISION: revision,
        _GIVEN: canonical_json(metadata.document()).decode(),
        _FRAMEWORK: (metadata.framework or content.framework).value,
        _FRAMEWORK_VERSION: framework_version,
        **_scan_annotations(registered_scan(content.scans)),
    }
    manifests = [content.descriptor] + ([Descriptor.of(MANIFEST_TYPE, samples)] if samples else [])
    return canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": INDEX_TYPE,
            "artifactType": VERSION_TYPE,
            "manifests": [manifest.document() for manifest in manifests],
            "annotations": {key: value for key, value in said.items() if value is not None},
        }
    )


def removed_index(name: str, number: int) -> bytes:
    """Write what a registry keeps in the place of a removed version, so that its number is not given again."""
    return canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": INDEX_TYPE,
            "artifactType": REMOVED_TYPE,
            "manifests": [],
            "annotations": {NAME_ANNOTATION: name, _VERSION: str(number)},
        }
    )


def is_removed(document: Document) -> bool:
    """Tell what `removed_index` wrote."""
    return document.get("artifactType") == REMOVED_TYPE


def read_version(document: Document) -> RegisteredVersion:
    """Read what `version_index` wrote."""
    said: Mapping[str, str] = document["annotations"]
    given: Document = json.loads(said[_GIVEN])
    metadata = RegisteredMetadata(
        tags=given["tags"],
        properties=given["properties"],
        description=given["description"],
        framework=Framework(said[_FRAMEWORK]),
        framework_version=said.get(_FRAMEWORK_VERSION),
        resources=Resources(**given["resources"]),
        samples={role: Descriptor.read(sample) for role, sample in given["samples"].items()},
    )
    return RegisteredVersion(
        name=said[NAME_ANNOTATION],
        version=int(said[_VERSION]),
        content=Descriptor.read(document["manifests"][0]),
        created=datetime.fromisoformat(said[_CREATED]),
        source_revision=said.get(_REVISION),
        metadata=metadata,
        file_count=int(said[COUNT_ANNOTATION]),
        size=int(said[_SIZE]),
        scan=_read_scan(said),
        given=given,
    )


def _scan_annotations(scan: RegisteredScan) -> dict[str, str]:
    said = {_SCAN: scan.verdict, _SCANNER: str(scan.scanner)}
    return said | ({_SCAN_FINDINGS: canonical_json(scan.findings).decode()} if scan.findings else {})


def _read_scan(said: Mapping[str, str]) -> RegisteredScan | None:
    if _SCAN not in said:
        return None
    return RegisteredScan(
        cast("Verdict", said[_SCAN]), int(said[_SCANNER]), tuple(json.loads(said.get(_SCAN_FINDINGS, "[]")))
    )
