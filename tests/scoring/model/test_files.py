"""Which file of a folder is the model."""

from pathlib import Path

import pytest
from modelport_scoring.errors import StartError
from modelport_scoring.model.files import find_model


def test_a_model_may_lie_deep(tmp_path: Path) -> None:
    """
    The file is found wherever it lies, among others, and behind links.
    """
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "real" / "deep" / "M.ONNX").touch()
    (tmp_path / "real" / "notes.txt").touch()
    (tmp_path / "served").symlink_to(tmp_path / "real", target_is_directory=True)

    assert tmp_path / "served" / "deep" / "M.ONNX" == find_model(tmp_path / "served")


def test_two_models_need_a_script(tmp_path: Path) -> None:
    """
    Which of two models is meant cannot be guessed.
    """
    for name in ("a.onnx", "b.pkl"):
        (tmp_path / name).touch()

    with pytest.raises(StartError, match=r"holds 2 models \(a\.onnx, b\.pkl\)"):
        find_model(tmp_path)


@pytest.mark.parametrize(
    ("file", "way_out"),
    [
        ("saved/saved_model.pb", r"saved/saved_model\.pb is a TensorFlow SavedModel: .*tf2onnx.*entry script"),
        ("m.keras", r"m\.keras is a Keras model: .*onnx"),
        ("m.pt", r"m\.pt is a PyTorch model: .*torch\.onnx\.export"),
        ("m.txt", r"holds no model that runs without an entry script \(\.joblib, \.onnx, \.pickle, \.pkl\)"),
    ],
)
def test_another_format_is_told_the_way(tmp_path: Path, file: str, way_out: str) -> None:
    """
    Models of other frameworks are recognised, and the error says how they can be served.
    """
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()

    with pytest.raises(StartError, match=way_out):
        find_model(tmp_path)
