"""
An image as one tar file, for `docker load`.

It is an OCI layout too, as Docker itself writes since version 25; older daemons read `manifest.json` alone.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from modelport.image.stored_image import StoredImage
from modelport.store.descriptor import INDEX_TYPE, REF_NAME, Descriptor, canonical_json
from modelport.store.repository import Repository
from modelport.store.tar import TarEntry, tar_chunks

_BLOBS = "blobs/sha256"
_LAYOUT = {"imageLayoutVersion": "1.0.0"}


def archive_chunks(repository: Repository, image: StoredImage, names: Sequence[str] = ()) -> Iterator[bytes]:
    """
    Write *image* of *repository* as a tar stream; *names*, such as ``digits:1``, are what the daemon calls it.

    Every blob is verified as it is read: a corrupt one raises `modelport.store.errors.CorruptBlobError`.
    """
    manifest = repository.manifest(image.descriptor)
    blobs = {each.digest: each for each in (*image.layers, image.config)}
    entries = [
        TarEntry(_place(each), partial(repository.open, each), each.size)  # equal layers are one blob
        for each in blobs.values()
    ]
    small = {
        _place(image.descriptor): manifest,
        "oci-layout": canonical_json(_LAYOUT),
        "index.json": canonical_json(_index(image, names)),
        "manifest.json": canonical_json([_docker_entry(image, names)]),
    }
    yield from tar_chunks([*entries, *(TarEntry.of(name, data) for name, data in small.items()), *_folders()])


def _place(blob: Descriptor) -> str:
    return f"{_BLOBS}/{blob.digest.removeprefix('sha256:')}"


def _folders() -> list[TarEntry]:
    return [TarEntry("blobs"), TarEntry(_BLOBS)]


def _docker_entry(image: StoredImage, names: Sequence[str]) -> dict[str, object]:
    return {"Config": _place(image.config), "RepoTags": list(names), "Layers": [_place(each) for each in image.layers]}


def _index(image: StoredImage, names: Sequence[str]) -> dict[str, object]:
    plain = Descriptor(image.descriptor.media_type, image.descriptor.digest, image.descriptor.size)
    # containerd's name, which Docker reads, beside that of the specification.
    named = [
        Descriptor(plain.media_type, plain.digest, plain.size, {"io.containerd.image.name": name, REF_NAME: name})
        for name in names
    ]
    entries = [each.document() for each in named or [plain]]
    return {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": entries}
