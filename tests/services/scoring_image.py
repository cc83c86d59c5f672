"""
A scoring image put together by hand: the base of the tests, the runtime and its packages, a script.

For tests of what runs images, whatever builds them. It lies as built images do; see docs/images.md.
"""

import functools
import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

import uv
from modelport.progress import silent
from modelport.store.descriptor import LAYER_TYPE, MANIFEST_TYPE, Descriptor, Document, canonical_json
from modelport.store.layout import LayoutStore
from modelport.store.layout_repository import LayoutRepository
from modelport.store.repository import Repository

from tools.debian_base import PYTHON

ROOT = Path(__file__).resolve().parents[2]
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
PLACE = "opt/modelport/environment"
SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return ANSWER\n"
REQUIREMENTS = "uvicorn uvloop httptools"


def write_image(base: Path, target: Repository, folder: Path, *, script: str) -> str:
    """
    Write an image that serves *script* into *target*; *base* is a layout, *folder* scratch.

    Return its content key and digest, as a reference ends: ``<key>@sha256:...``.
    """
    layers = [_environment(folder), _files({"var/azureml-app/score.py": script.encode()})]
    manifest, config = _read_base(base)
    for each in manifest["layers"]:
        blob = Descriptor.read(each)
        target.write(blob, [_blob(base, blob.digest)], silent)
    descriptors = [Descriptor.of(LAYER_TYPE, layer) for layer in layers]
    for blob, layer in zip(descriptors, layers, strict=True):
        target.write(blob, [layer], silent)
    config["rootfs"]["diff_ids"] += [each.digest for each in descriptors]
    config["history"] = []
    config["config"] = {
        "Env": [
            "PYTHONPATH=/opt/modelport/runtime",
            "AML_APP_ROOT=/var/azureml-app",
            "AZUREML_ENTRY_SCRIPT=score.py",
        ],
        "Entrypoint": [f"/{PLACE}/bin/python", "-P", "-u", "-m", "modelport_scoring.supervisor", "--image"],
        "User": "10001:10001",
        "WorkingDir": "/var/azureml-app",
        "ExposedPorts": {"5001/tcp": {}},
    }
    data = canonical_json(config)
    described = Descriptor.of(CONFIG_TYPE, data)
    target.write(described, [data], silent)
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": described.document(),
        "layers": [*manifest["layers"], *(each.document() for each in descriptors)],
    }
    key = hashlib.sha256(data).hexdigest()
    return f"{key}@{target.put_manifest(MANIFEST_TYPE, canonical_json(document), key).digest}"


def layout_repository(folder: Path, name: str) -> Repository:
    """Open the repository of image *name* in the layout *folder*."""
    return LayoutRepository(LayoutStore(folder), f"images/{name}")


def _read_base(base: Path) -> tuple[Document, Document]:
    [entry] = json.loads((base / "index.json").read_text())["manifests"]
    manifest = json.loads(_blob(base, entry["digest"]))
    return manifest, json.loads(_blob(base, manifest["config"]["digest"]))


def _blob(base: Path, digest: str) -> bytes:
    return (base / "blobs" / digest.replace(":", "/")).read_bytes()


@functools.cache
def _environment(folder: Path) -> bytes:
    """Lay out a virtual environment with the runtime's packages, and the runtime."""
    packages = folder / "packages"
    command = [uv.find_uv_bin(), "pip", "install", "--quiet", "--target", str(packages), *REQUIREMENTS.split()]
    subprocess.run(command, check=True)
    site = f"{PLACE}/lib/python3.11/site-packages"
    found = {f"{site}/{path.relative_to(packages)}": path.read_bytes() for path in _sources(packages)}
    runtime = ROOT / "scoring" / "modelport_scoring"
    own = {f"opt/modelport/runtime/{path.relative_to(runtime.parent)}": path.read_bytes() for path in _sources(runtime)}
    configuration = f"home = {Path(PYTHON).parent}\ninclude-system-site-packages = false\n".encode()
    return _files({**found, **own, f"{PLACE}/pyvenv.cfg": configuration}, {f"{PLACE}/bin/python": PYTHON})


def _sources(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _files(files: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
    return written.getvalue()
