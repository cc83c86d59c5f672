"""OCI documents: descriptors, canonical JSON, and the media types used here. Source: OCI image specification 1.1."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

INDEX_TYPE: Final = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
LAYER_TYPE: Final = "application/vnd.oci.image.layer.v1.tar"
EMPTY_TYPE: Final = "application/vnd.oci.empty.v1+json"
EMPTY_JSON: Final = b"{}"

REF_NAME: Final = "org.opencontainers.image.ref.name"

Document = dict[str, Any]


@dataclass(frozen=True)
class Descriptor:
    """What a blob is, its digest (``sha256:...``) and its size in bytes."""

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, media_type: str, data: bytes) -> Self:
        """Describe *data*."""
        return cls(media_type, digest_of(data), len(data))

    @classmethod
    def read(cls, document: Document) -> Self:
        """Read a descriptor from an OCI *document*. Raises `KeyError` where it is none."""
        annotations = document.get("annotations") or {}
        return cls(document["mediaType"], document["digest"], document["size"], annotations)

    def document(self) -> Document:
        """Write the descriptor as part of an OCI document."""
        plain: Document = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        return plain | ({"annotations": dict(self.annotations)} if self.annotations else {})


def digest_of(data: bytes) -> str:
    """Digest of *data* as OCI writes it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def canonical_json(document: object) -> bytes:
    """Write *document* so that equal documents have equal bytes."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def artifact_manifest(artifact_type: str, layers: list[Descriptor], annotations: Mapping[str, str]) -> bytes:
    """Write an OCI artifact manifest: empty configuration, *layers* in order."""
    config = Descriptor.of(EMPTY_TYPE, EMPTY_JSON)
    return canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "artifactType": artifact_type,
            "config": config.document(),
            "layers": [layer.document() for layer in layers],
            "annotations": dict(annotations),
        }
    )
