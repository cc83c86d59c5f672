"""A model's content: its files, and the OCI documents that give it its digest."""

import hashlib
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Self

from modelport_scoring.check.pickles import PickleScan

from modelport.naming import model_name_problem
from modelport.progress import Progress, silent
from modelport.registry.errors import ModelNameError
from modelport.registry.files import ModelFile, ModelPathError, model_files
from modelport.registry.framework import Detected, Framework, detect
from modelport.registry.pickle_scan import scan_files
from modelport.store.descriptor import LAYER_TYPE, MANIFEST_TYPE, Descriptor, artifact_manifest
from modelport.store.meter import Meter
from modelport.store.tar import TarEntry, tar_chunks

MODEL_TYPE = "application/vnd.modelport.model.v1"
NAME_ANNOTATION = "vnd.modelport.model.name"
COUNT_ANNOTATION = "vnd.modelport.model.files"
MODELS_FOLDER = "var/azureml-app/models"
"""Where a model's files lie in an image: the same for all versions, so that equal bytes make equal layers."""


@dataclass(frozen=True)
class ModelContent:
    """
    A model as it lies on disk, and what it will be in a store.

    *digest* is that of the content *manifest*; it depends on the model's name, its files' names and bytes, on nothing
    else. Close it (or use it as a context) once it is registered: an unpacked archive lies in a temporary folder.
    """

    name: str
    files: tuple[ModelFile, ...]
    layer: Descriptor
    manifest: bytes
    detected: Detected
    scans: Mapping[str, PickleScan]
    """What the pickles among the files would do, by path in the model; no part of the digest."""
    _finish: Callable[[], object] = field(default=lambda: None, compare=False, repr=False)

    @property
    def descriptor(self) -> Descriptor:
        """Describe the content manifest."""
        return Descriptor.of(MANIFEST_TYPE, self.manifest)

    @property
    def digest(self) -> str:
        """``sha256:...`` of the content manifest."""
        return self.descriptor.digest

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def framework(self) -> Framework:
        """The framework that the files speak of."""
        return self.detected.framework

    @property
    def framework_version(self) -> str | None:
        """The framework's version, where the files tell it."""
        return self.detected.version

    def layer_chunks(self) -> Iterator[bytes]:
        """Read the files again, as the layer's tar stream."""
        return tar_chunks(tar_entries(self.name, self.files))

    def close(self) -> None:
        """Remove what was unpacked for reading."""
        self._finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_model(name: str, path: Path, *, base: Path, unpack: bool = False, progress: Progress = silent) -> ModelContent:
    """
    Read the model *name* at *path* (relative to *base*, the project's folder); every file is read once.

    Pickles among them are looked through, not loaded. With *unpack*, *path* is an archive (.tar, .tar.gz, .tgz, .zip)
    and the model is what it holds.

    Raises `ModelNameError`, `modelport.registry.files.ModelPathError`, `modelport.registry.errors.ArchiveError`.
    """
    if problem := model_name_problem(name):
        raise ModelNameError(problem)
    if not unpack:
        return _read(name, path, base, progress, lambda: None)
    from modelport.registry.archive import unpacked  # noqa: PLC0415  # few models are archives, and it is heavy

    opened = unpacked(path, base=base, progress=progress)
    try:
        content = _read(name, opened.path, opened.folder, progress, opened.remove)
    except BaseException:
        opened.remove()
        raise
    weakref.finalize(content, opened.remove)  # for callers that forget to close it, at exit too
    return content


def tar_entries(name: str, files: tuple[ModelFile, ...]) -> list[TarEntry]:
    """Name the layer's entries: every file, and every folder from the model's own down that holds one."""
    top = f"{MODELS_FOLDER}/{name}"
    folders = {top} | {f"{top}/{parent}" for file in files for parent in PurePosixPath(file.path).parents[:-1]}
    entries = [TarEntry(folder) for folder in folders]
    return entries + [TarEntry(f"{top}/{file.path}", file.source, file.size) for file in files]


def _read(name: str, path: Path, base: Path, progress: Progress, finish: Callable[[], object]) -> ModelContent:
    files = model_files(path, base)
    layer = _layer(name, files, progress)
    scans = scan_files(files)
    annotations = {NAME_ANNOTATION: name, COUNT_ANNOTATION: str(len(files))}
    manifest = artifact_manifest(MODEL_TYPE, [layer], annotations)
    return ModelContent(name, files, layer, manifest, _detected(path, files, scans), scans, finish)


def _detected(path: Path, files: tuple[ModelFile, ...], scans: Mapping[str, PickleScan]) -> Detected:
    try:
        return detect((file.path, file.source, scans[file.path]) for file in files)
    except OSError as error:  # gone since it was listed
        raise ModelPathError(path, f"cannot be read: {error}") from error


def _layer(name: str, files: tuple[ModelFile, ...], progress: Progress) -> Descriptor:
    digest = hashlib.sha256()
    size = 0
    total = sum(file.size for file in files)
    for chunk in Meter(f"reading {name}", total, progress).over(tar_chunks(tar_entries(name, files))):
        digest.update(chunk)
        size += len(chunk)
    return Descriptor(LAYER_TYPE, f"sha256:{digest.hexdigest()}", size)
