"""Small images for tests: layers made member by member, written into a layout as builders write them."""

import gzip
import io
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from modelport.progress import silent
from modelport.store.descriptor import INDEX_TYPE, LAYER_TYPE, MANIFEST_TYPE, Descriptor, canonical_json, digest_of
from modelport.store.layout import LayoutStore
from modelport.store.layout_repository import LayoutRepository

PLATFORM = "linux/amd64"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LIBC = b"\0GNU C Library (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36.\n"


def file(name: str, data: bytes = b"", mode: int = 0o755) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), mode
    return member, data


def link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member, b""


def folder(name: str, mode: int = 0o755) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.mode = tarfile.DIRTYPE, mode
    return member, b""


def layer(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Write a tar."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, data in members:
            archive.addfile(member, io.BytesIO(data))
    return output.getvalue()


def glibc() -> bytes:
    """Lay out a C library as Debian does: the real files below `usr`, links beside it."""
    return layer(
        link("lib", "usr/lib"),
        link("lib64", "usr/lib64"),
        file("usr/lib/x86_64-linux-gnu/libc.so.6", LIBC),
        file("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
        link("usr/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
    )


def python(prefix: str = "usr/local", version: str = "3.11") -> bytes:
    """Lay out a Python below *prefix*."""
    return layer(
        file(f"{prefix}/bin/python{version}"),
        link(f"{prefix}/bin/python3", f"python{version}"),
        file(f"{prefix}/lib/python{version}/asyncio/__init__.py", mode=0o644),
    )


def write_image(
    root: Path,
    layers: Sequence[bytes],
    *,
    tag: str | None = "1",
    platform: str = PLATFORM,
    environment: Iterable[str] = ("PATH=/usr/local/bin:/usr/bin",),
    labels: Mapping[str, str] | None = None,
    media_type: str = f"{LAYER_TYPE}+gzip",
) -> Descriptor:
    """Write an image with these uncompressed *layers* into the layout at *root*; without a tag it is not listed."""
    system, _, machine = platform.partition("/")
    stored = [gzip.compress(each, mtime=0) if "gzip" in media_type else each for each in layers]
    config = {
        "os": system,
        "architecture": machine,
        "config": {"Env": list(environment), "Labels": dict(labels or {})},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(each) for each in layers]},
    }
    return write_manifest(root, config, [(media_type, each) for each in stored], tag)


def write_manifest(
    root: Path, config: object, layers: Sequence[tuple[str, bytes]], tag: str | None = "1"
) -> Descriptor:
    """Write a manifest over these blobs."""
    repository = opened(root)
    blobs = [(CONFIG_TYPE, canonical_json(config)), *layers]
    written = [Descriptor.of(kind, data) for kind, data in blobs]
    for descriptor, (_, data) in zip(written, blobs, strict=True):
        repository.write(descriptor, [data], silent)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": written[0].document(),
        "layers": [each.document() for each in written[1:]],
    }
    return put(root, MANIFEST_TYPE, manifest, tag)


def write_index(root: Path, images: Mapping[str, Descriptor], tag: str = "1") -> Descriptor:
    """List images by platform, with an attestation as BuildKit adds one."""
    attestation = write_image(root, [], tag=None, platform="unknown/unknown")
    entries = [
        {**each.document(), "platform": dict(zip(("os", "architecture"), platform.split("/"), strict=True))}
        for platform, each in {**images, "unknown/unknown": attestation}.items()
    ]
    return put(root, INDEX_TYPE, {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": entries}, tag)


def put(root: Path, media_type: str, document: object, tag: str | None) -> Descriptor:
    """Store a manifest; its tag is listed as other tools list it, without a repository."""
    data = canonical_json(document)
    descriptor = Descriptor.of(media_type, data)
    store = LayoutStore(root)
    store.write(descriptor, [data])
    if tag is not None:
        with store.transaction() as index:
            index.put(tag, descriptor)
    return descriptor


def opened(root: Path) -> LayoutRepository:
    return LayoutRepository(LayoutStore(root), "")
