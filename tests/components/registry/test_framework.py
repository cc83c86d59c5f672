"""Tests of `modelport.registry.framework`."""

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import sklearn
from modelport.registry.framework import Detected, Framework, detect
from modelport_scoring.check.pickles import PickleScan, scan_file
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

_SKLEARN = Detected(Framework.SCIKIT_LEARN, sklearn.__version__)


def _of(path: Path) -> Detected:
    return detect([(path.name, path, scan_file(path, path.name))])


def _pickle(protocol: int) -> Callable[[Any, Path], None]:
    def save(model: object, path: Path) -> None:
        path.write_bytes(pickle.dumps(model, protocol))

    return save


def _joblib(compress: int) -> Callable[[Any, Path], None]:
    def save(model: object, path: Path) -> None:
        joblib.dump(model, path, compress=compress)

    return save


@pytest.mark.parametrize("save", [_pickle(2), _pickle(4), _pickle(5), _joblib(0), _joblib(3)])
@pytest.mark.parametrize(
    "model", [Ridge(), make_pipeline(StandardScaler(), Ridge()), RandomForestRegressor(n_estimators=3, max_depth=2)]
)
def test_scikit_learn_is_told_with_its_version(
    tmp_path: Path,
    model: Any,  # noqa: ANN401  # scikit-learn ships no types
    save: Callable[[Any, Path], None],
) -> None:
    """
    Fitted estimators, pickled or saved by joblib, tell which release wrote them.
    """
    numbers = np.arange(60.0).reshape(20, 3)
    save(model.fit(numbers, numbers[:, 0]), tmp_path / "model.pkl")

    assert _SKLEARN == _of(tmp_path / "model.pkl")


class _Hostile:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return exec, ("raise SystemExit('the pickle was loaded')",)


@pytest.mark.parametrize(
    "data", [pickle.dumps(_Hostile()), pickle.dumps({"a": 1}), b"", b"no pickle", b"\x80\x05", b"x\x9c"]
)
def test_other_pickles_are_custom_and_never_loaded(tmp_path: Path, data: bytes) -> None:
    """
    A pickle of something else, or no pickle at all, is Custom; its code does not run.
    """
    (tmp_path / "model.pkl").write_bytes(data)

    assert Detected(Framework.CUSTOM) == _of(tmp_path / "model.pkl")


def test_a_torch_archive_is_told_by_what_is_in_it(tmp_path: Path) -> None:
    """
    `torch.save` writes a zip with a data.pkl; another zip of that name is Custom.
    """
    for name, member in (("torch.pt", "torch/data.pkl"), ("other.pt", "readme")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(member, b"x")

    assert _of(tmp_path / "torch.pt").framework == Framework.PYTORCH
    assert _of(tmp_path / "other.pt").framework == Framework.CUSTOM


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["digits.onnx"], Framework.ONNX),
        (["m/saved_model.pb", "m/variables/variables.index"], Framework.TENSORFLOW),
        (["m/saved_model.pb", "m/keras_metadata.pb"], Framework.TF_KERAS),
        (["m.keras"], Framework.TF_KERAS),
        (["a.onnx", "b.onnx"], Framework.ONNX),
        (["a.onnx", "b.keras"], Framework.MULTI),
        (["a.onnx", "labels.txt"], Framework.ONNX),
        (["labels.txt"], Framework.CUSTOM),
    ],
)
def test_frameworks_by_file_names(names: list[str], expected: Framework) -> None:
    """
    Names that only one framework uses are enough; several frameworks are Multi.
    """
    assert expected == detect((name, Path(name), PickleScan()) for name in names).framework
