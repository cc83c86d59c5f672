"""
An image of a repository as a stream for `docker load`.

The form is the one that Docker itself writes since version 25: an OCI layout with a ``manifest.json`` beside it. Older
daemons read the latter (tried: 20.10), newer ones with a containerd image store the former.
"""

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from modelport.store.descriptor import INDEX_TYPE, Descriptor, canonical_json
from modelport.store.repository import Repository
from modelport.store.verified import CHUNK

_PADDING: Final = tarfile.RECORDSIZE
_NAME: Final = "io.containerd.image.name"
"""Annotation by which containerd names what it imports."""


@dataclass(frozen=True)
class LoadableImage:
    """The image *manifest* of *repository*; *name* (``repository:tag``) is what the daemon calls it."""

    repository: Repository
    manifest: Descriptor
    name: str

    def size(self) -> int:
        """Bytes of all blobs, about what the stream holds."""
        return sum(blob.size for blob in self._blobs())

    def config(self) -> Descriptor:
        """Describe the image's configuration: its digest is the image's id in most daemons."""
        return Descriptor.read(self._document()["config"])

    def chunks(self) -> Iterator[bytes]:
        """Write the archive, a blob at a time; every blob is verified while it is read."""
        layers = [Descriptor.read(layer) for layer in self._document()["layers"]]
        listed = [{"Config": _path(self.config()), "RepoTags": [self.name], "Layers": [_path(each) for each in layers]}]
        index = {
            "schemaVersion": 2,
            "mediaType": INDEX_TYPE,
            "manifests": [{**self.manifest.document(), "annotations": {_NAME: f"docker.io/{self.name}"}}],
        }
        yield from _file("oci-layout", canonical_json({"imageLayoutVersion": "1.0.0"}))
        yield from _file("index.json", canonical_json(index))
        yield from _file("manifest.json", canonical_json(listed))
        yield from _file(_path(self.manifest), self.repository.manifest(self.manifest))
        for blob in self._blobs():
            yield from self._entry(blob)
        yield b"\0" * _PADDING

    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.repository.manifest(self.manifest))
        return document

    def _blobs(self) -> list[Descriptor]:
        """List configuration and layers, each once: the same layer may stand twice in an image."""
        found = [self.config(), *(Descriptor.read(layer) for layer in self._document()["layers"])]
        return list({blob.digest: blob for blob in found}.values())

    def _entry(self, blob: Descriptor) -> Iterator[bytes]:
        yield _header(_path(blob), blob.size)
        with self.repository.open(blob) as reader:
            while chunk := reader.read(CHUNK):
                yield chunk
        yield _fill(blob.size)


def _path(blob: Descriptor) -> str:
    return f"blobs/{blob.digest.replace(':', '/')}"


def _file(name: str, data: bytes) -> Iterator[bytes]:
    yield _header(name, len(data)) + data + _fill(len(data))


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size = size
    return entry.tobuf(tarfile.GNU_FORMAT)  # sizes above 8 GB, which a layer of model files may have


def _fill(size: int) -> bytes:
    return b"\0" * (-size % tarfile.BLOCKSIZE)
