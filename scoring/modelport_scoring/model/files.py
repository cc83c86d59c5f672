"""Finds the one file in a folder that is a model, and what loads it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from modelport_scoring.errors import StartError
from modelport_scoring.model.catalog import files_below
from modelport_scoring.model.interface import Model
from modelport_scoring.model.settings import ModelSettings

ONNX_SUFFIXES: Final = frozenset({".onnx"})
PICKLE_SUFFIXES: Final = frozenset({".joblib", ".pkl", ".pickle"})
SCRIPT_OR_ONNX: Final = "export it to ONNX ({how}), or add an entry script with init() and run() that loads it"
OTHERS: Final = {
    "saved_model.pb": "a TensorFlow SavedModel: "
    + SCRIPT_OR_ONNX.format(how="python -m tf2onnx.convert --saved-model FOLDER --output model.onnx"),
    ".keras": "a Keras model: " + SCRIPT_OR_ONNX.format(how='model.export("model.onnx", format="onnx")'),
    ".h5": "a Keras model: " + SCRIPT_OR_ONNX.format(how="load it with Keras, then tf2onnx"),
    ".pt": "a PyTorch model: " + SCRIPT_OR_ONNX.format(how="torch.onnx.export"),
    ".pth": "a PyTorch model: " + SCRIPT_OR_ONNX.format(how="torch.onnx.export"),
}
"""Known models that are not served as they are, by name or suffix, and the way out."""


def find_model(folder: Path) -> Path:
    """Give the one file in *folder* that is a model by its suffix. Raises `StartError`."""
    suffixes = ONNX_SUFFIXES | PICKLE_SUFFIXES
    files = sorted(files_below(folder))
    found = [path for path in files if path.suffix.lower() in suffixes]
    if not found:
        known = [path for path in files if _known(path)]
        if known:
            msg = f"{known[0].relative_to(folder)} is {_known(known[0])}"
            raise StartError(msg)
        msg = f"{folder} holds no model that runs without an entry script ({', '.join(sorted(suffixes))}); write one"
        raise StartError(msg)
    if len(found) > 1:
        names = ", ".join(str(path.relative_to(folder)) for path in found[:5])
        msg = f"{folder} holds {len(found)} models ({names}): which one is served must be said by an entry script"
        raise StartError(msg)
    return found[0]


def loader_of(path: Path, settings: ModelSettings) -> Callable[[], Model]:
    """Import what loads the model file *path*, and give it ready to be called; both raise `StartError`."""
    is_onnx = path.suffix.lower() in ONNX_SUFFIXES
    try:
        if is_onnx:
            from modelport_scoring.model.onnx import OnnxModel  # noqa: PLC0415  onnxruntime is an extra

            return partial(OnnxModel.load, path, settings)
        from modelport_scoring.model.sklearn import SklearnModel  # noqa: PLC0415  scikit-learn is an extra

        return partial(SklearnModel.load, path)
    except ImportError as error:
        extra = "onnx" if is_onnx else "sklearn"
        msg = f"{path.name} needs the packages of modelport-scoring[{extra}]: {error}"
        raise StartError(msg) from error


def load_model(folder: Path, settings: ModelSettings | None = None) -> Model:
    """
    Load the one model file in *folder*, wherever it lies below.

    Raises `StartError` when there is none, more than one, or it does not load.
    """
    return loader_of(find_model(folder), settings or ModelSettings())()


def _known(path: Path) -> str | None:
    return OTHERS.get(path.name) or OTHERS.get(path.suffix.lower())
