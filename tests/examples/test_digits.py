"""The example without a script: handwritten digits as ONNX."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import onnxruntime
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

Load = Callable[[str], ModuleType]
Predict = Callable[[Path, object], tuple[np.ndarray, np.ndarray]]

FLOAT32_NOISE = 1e-4
"""Absolute, of a probability: the graph computes in float32, and the fit stops when its gradient is below 1e-4."""

pytestmark = pytest.mark.slow  # importing scikit-learn and ONNX Runtime takes over a second


@pytest.fixture
def predict() -> Predict:
    """
    Run an ONNX file over images of shape (rows, 64): labels of shape (rows,), probabilities of shape (rows, 10).
    """

    def run(path: Path, images: object) -> tuple[np.ndarray, np.ndarray]:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        labels, probabilities = session.run(None, {"pixels": np.asarray(images, dtype=np.float32)})
        return labels, probabilities

    return run


def test_the_committed_model_is_what_the_script_trains(
    examples: Path, load: Load, predict: Predict, tmp_path: Path
) -> None:
    """
    Retrained, the model predicts what the committed one does.
    """
    images = load_digits().data
    retrained_labels, retrained = predict(load("digits/train.py").train(tmp_path), images)
    labels, committed = predict(examples / "digits" / "digits.onnx", images)

    np.testing.assert_allclose(committed, retrained, atol=FLOAT32_NOISE)
    np.testing.assert_array_equal(labels, retrained_labels)


def test_the_model_reads_digits_it_has_not_seen(examples: Path, predict: Predict) -> None:
    """
    Of the quarter that training left out, at least 96 of 100 digits are read right.
    """
    images, digits = load_digits(return_X_y=True)
    _, unseen, _, truth = train_test_split(images, digits, random_state=0, stratify=digits)

    labels, _ = predict(examples / "digits" / "digits.onnx", unseen)

    assert np.mean(labels == truth) >= 0.96


def test_the_sample_request_is_a_zero_and_a_one(examples: Path, predict: Predict) -> None:
    """
    The sample request holds two images, and the model reads them as 0 and 1.
    """
    request = json.loads((examples / "digits" / "sample-request.json").read_text())

    labels, _ = predict(examples / "digits" / "digits.onnx", request["data"])

    assert [0, 1] == labels.tolist()


def test_committed_models_are_small(examples: Path) -> None:
    """
    Committed models take kilobytes.
    """
    paths = [examples / "digits" / "digits.onnx", examples / "diabetes" / "model" / "ridge.joblib"]

    assert all(path.stat().st_size < 16 * 1024 for path in paths)
