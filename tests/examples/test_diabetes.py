"""The example of an entry script: ridge regression with scikit-learn."""

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_diabetes

Load = Callable[[str], ModuleType]

FLOAT_NOISE = 1e-9
"""Relative. The fit is a closed form in float64; libraries of linear algebra differ in the order of their sums."""


@pytest.mark.slow
def test_the_committed_model_is_what_the_script_trains(examples: Path, load: Load, tmp_path: Path) -> None:
    """
    Retrained, the model predicts what the committed one does.
    """
    patients, _ = load_diabetes(return_X_y=True)
    retrained = joblib.load(load("diabetes/train.py").train(tmp_path))
    committed = joblib.load(examples / "diabetes" / "model" / "ridge.joblib")

    np.testing.assert_allclose(committed.predict(patients), retrained.predict(patients), rtol=FLOAT_NOISE)


@pytest.mark.slow
def test_the_script_answers_one_number_per_patient(examples: Path, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Called as the runtime calls it, the script answers the sample request as JSON can carry it, near the truth.
    """
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(examples / "diabetes"))
    script = load("diabetes/score.py")
    script.init()

    answers = script.run((examples / "diabetes" / "sample-request.json").read_text())

    _, progression = load_diabetes(return_X_y=True)
    deviation = float(np.std(progression))
    assert answers == json.loads(json.dumps(answers))
    np.testing.assert_allclose(progression[:2], answers, atol=deviation)


@pytest.mark.slow
def test_the_model_explains_what_a_linear_model_can(examples: Path) -> None:
    """
    On its own data the model explains half of the variance, as linear models do there.
    """
    patients, progression = load_diabetes(return_X_y=True)
    model = joblib.load(examples / "diabetes" / "model" / "ridge.joblib")

    assert model.score(patients, progression) >= 0.5


def test_the_environment_is_the_one_the_model_was_saved_with(examples: Path) -> None:
    """
    requirements.txt pins the versions installed here, which wrote the committed model: a pickle is tied to them.
    """
    lines = (examples / "diabetes" / "requirements.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]

    assert [f"{name}=={version(name)}" for name in ("joblib", "numpy", "scikit-learn")] == pins


def test_the_sample_request_has_two_patients(examples: Path) -> None:
    """
    The sample request is two rows of ten numbers under `data`.
    """
    request = json.loads((examples / "diabetes" / "sample-request.json").read_text())

    assert {"data": [10, 10]} == {key: [len(row) for row in rows] for key, rows in request.items()}
