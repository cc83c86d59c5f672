"""
A base image for machines without a public registry: Debian bookworm with its Python 3.11, as an OCI layout.

Made once by mmdebstrap into the user's cache. Standard library only.
"""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tools.cache import locked
from tools.service_errors import ServiceError

TAG: Final = "debian-python:3.11"
"""The name in the layout's index."""
PYTHON: Final = "/usr/bin/python3.11"
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
_EPOCH: Final = "1700000000"
"""Files are no younger than this: the same packages give the same bytes."""
_LEFT_OUT: Final = ("doc", "info", "locale", "man", "zoneinfo")
"""Folders of /usr/share that scoring never reads."""
RECIPE: Final = (
    "mmdebstrap",
    "--quiet",
    "--variant=minbase",
    "--include=python3",
    '--aptopt=Apt::Install-Recommends "false"',
    *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in _LEFT_OUT),
    "--customize-hook=find $1/usr -name __pycache__ -prune -exec rm -r {} +",
    "--format=tar",
    "bookworm",
)
_MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
_CHUNK: Final = 1 << 20


def provide(cache: Path) -> Path:
    """
    Give the layout's folder, made now if it is not there. *cache* is Modelport's folder in the user's cache.

    Raises `ServiceError`.
    """
    name = hashlib.sha256("\0".join(RECIPE).encode()).hexdigest()[:16]
    folder = cache / "bases" / f"debian-{name}"
    if not folder.is_dir():
        with locked(folder.with_suffix(".lock"), "base image"):
            if not folder.is_dir():  # another process may have made it while this one waited
                _make(folder)
    return folder


def _make(folder: Path) -> None:
    making = folder.with_suffix(".making")
    shutil.rmtree(making, ignore_errors=True)  # of a run that was killed
    (making / "blobs" / "sha256").mkdir(parents=True)
    tar = making / "base.tar"
    try:
        subprocess.run(
            [*RECIPE, tar], env={**os.environ, "SOURCE_DATE_EPOCH": _EPOCH}, capture_output=True, text=True, check=True
        )
    except FileNotFoundError:
        msg = "mmdebstrap is missing; run `make services` as root on Debian"
        raise ServiceError(msg) from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()[-3:]
        msg = f"mmdebstrap made no base image: {' '.join(said)}; it needs root and a Debian mirror"
        raise ServiceError(msg) from error
    _write_layout(making, tar)
    tar.unlink()
    making.rename(folder)


def _write_layout(layout: Path, tar: Path) -> None:
    layer, diff_id = _compress(layout, tar)
    machine = os.uname().machine
    config = {
        "architecture": _ARCHITECTURES.get(machine, machine),
        "os": "linux",
        "config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "Cmd": ["python3"]},
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created_by": " ".join(RECIPE)}],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST_TYPE,
        "config": _blob(layout, "application/vnd.oci.image.config.v1+json", config),
        "layers": [layer],
    }
    entry = _blob(layout, _MANIFEST_TYPE, manifest)
    named = {**entry, "annotations": {"org.opencontainers.image.ref.name": TAG}}
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [named]}
    (layout / "index.json").write_text(json.dumps(index))
    (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')


def _compress(layout: Path, tar: Path) -> tuple[dict[str, Any], str]:
    """Write *tar* as a gzip blob; give its descriptor and the digest of the tar itself."""
    compressed, plain = layout / "layer.gz", hashlib.sha256()
    with compressed.open("wb") as raw, gzip.GzipFile("", "wb", zlib.Z_BEST_SPEED, raw, mtime=0) as output:
        for chunk in _chunks(tar):
            plain.update(chunk)
            output.write(chunk)
    packed = hashlib.sha256()
    for chunk in _chunks(compressed):
        packed.update(chunk)
    size = compressed.stat().st_size
    compressed.rename(layout / "blobs" / "sha256" / packed.hexdigest())
    media_type = "application/vnd.oci.image.layer.v1.tar+gzip"
    return {
        "mediaType": media_type,
        "digest": f"sha256:{packed.hexdigest()}",
        "size": size,
    }, f"sha256:{plain.hexdigest()}"


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as reader:
        while chunk := reader.read(_CHUNK):
            yield chunk


def _blob(layout: Path, media_type: str, document: object) -> dict[str, Any]:
    data = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(data).hexdigest()
    (layout / "blobs" / "sha256" / digest).write_bytes(data)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}
