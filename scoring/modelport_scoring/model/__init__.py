"""Models that need no entry script: found by their files, served as they are."""

import os
from pathlib import Path
from typing import Final

from modelport_scoring.errors import StartError
from modelport_scoring.scorer import Scorer

ONNX_SUFFIXES: Final = frozenset({".onnx"})
PICKLE_SUFFIXES: Final = frozenset({".joblib", ".pkl", ".pickle"})


def load_model(folder: Path) -> Scorer:
    """
    Load the one model file in *folder*, wherever it lies below.

    Raises `StartError` when there is none, more than one, or it does not load.
    """
    path = find_model(folder)
    if path.suffix.lower() in ONNX_SUFFIXES:
        from modelport_scoring.model.onnx import OnnxModel  # noqa: PLC0415  onnxruntime is an extra

        return OnnxModel.load(path)
    from modelport_scoring.model.sklearn import SklearnModel  # noqa: PLC0415  scikit-learn is an extra

    return SklearnModel.load(path)


def find_model(folder: Path) -> Path:
    """Give the one file in *folder* that is a model by its suffix. Raises `StartError`."""
    suffixes = ONNX_SUFFIXES | PICKLE_SUFFIXES
    found = sorted(
        Path(parent, name)
        for parent, _folders, names in os.walk(folder, followlinks=True)  # versions may be links to the files
        for name in names
        if Path(name).suffix.lower() in suffixes
    )
    if not found:
        msg = f"{folder} holds no model that runs without an entry script ({', '.join(sorted(suffixes))}); write one"
        raise StartError(msg)
    if len(found) > 1:
        names = ", ".join(str(path.relative_to(folder)) for path in found[:5])
        msg = f"{folder} holds {len(found)} models ({names}): which one is served must be said by an entry script"
        raise StartError(msg)
    return found[0]
