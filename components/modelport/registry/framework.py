"""Model frameworks, in Azure ML's words, and how one is told from a model's files. Nothing is ever unpickled."""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from modelport_scoring.check.pickles import PickleScan


class Framework(StrEnum):
    """Azure ML's model frameworks (`Model.Framework`)."""

    CUSTOM = "Custom"
    TENSORFLOW = "TensorFlow"
    SCIKIT_LEARN = "ScikitLearn"
    ONNX = "Onnx"
    TF_KERAS = "TfKeras"
    PYTORCH = "PyTorch"
    MULTI = "Multi"


@dataclass(frozen=True)
class Detected:
    """What the files say; *version* only where they say it."""

    framework: Framework
    version: str | None = None


_CUSTOM = Detected(Framework.CUSTOM)
_PICKLES = frozenset({".pkl", ".pickle", ".joblib"})
_TORCH = frozenset({".pt", ".pth", ".bin"})
_KERAS = frozenset({".keras", ".h5", ".hdf5"})
_TOLD_BY_CONTENT = _PICKLES | _TORCH


def detect(files: Iterable[tuple[str, Path, PickleScan]]) -> Detected:
    """
    Tell the framework of a model from its *files* (path in the model, where to read it, what its pickles name).

    No recognised file gives Custom, files of several frameworks Multi. Keras inside a SavedModel counts as TfKeras.
    """
    found = {found for file in files if (found := _of_file(*file)) is not None}
    frameworks = {each.framework for each in found}
    if frameworks == {Framework.TENSORFLOW, Framework.TF_KERAS}:
        return Detected(Framework.TF_KERAS)
    if len(frameworks) > 1:
        return Detected(Framework.MULTI)
    if len(found) > 1:  # one framework, several versions
        return Detected(frameworks.pop())
    return found.pop() if found else _CUSTOM


def _of_file(name: str, source: Path, scan: PickleScan) -> Detected | None:
    path = PurePosixPath(name)
    if path.suffix == ".onnx":
        return Detected(Framework.ONNX)
    if path.name == "saved_model.pb":
        return Detected(Framework.TENSORFLOW)
    if path.name == "keras_metadata.pb" or path.suffix in _KERAS:
        return Detected(Framework.TF_KERAS)
    if path.suffix in _TOLD_BY_CONTENT:
        return _of_content(path.suffix, source, scan)
    return None


def _of_content(suffix: str, source: Path, scan: PickleScan) -> Detected | None:
    if _is_torch_archive(source):
        return Detected(Framework.PYTORCH)
    if suffix in _PICKLES and "sklearn" in scan.packages:
        return Detected(Framework.SCIKIT_LEARN, scan.sklearn_version)
    return None


def _is_torch_archive(source: Path) -> bool:
    # torch.save writes a zip whose one folder holds data.pkl.
    try:
        with zipfile.ZipFile(source) as archive:
            return any(PurePosixPath(name).match("*/data.pkl") for name in archive.namelist())
    except zipfile.BadZipFile:
        return False
