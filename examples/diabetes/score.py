"""Answer how far the disease will have progressed in a year, for patients of 10 features each."""

import json
import os
from pathlib import Path
from typing import Any

import joblib
import numpy as np

model: Any  # set by init()


def init() -> None:
    """Load the model once per worker."""
    global model  # noqa: PLW0603 - Azure ML's contract between init() and run()
    model = joblib.load(Path(os.environ["AZUREML_MODEL_DIR"]) / "model" / "ridge.joblib")


def run(data: str) -> list[float]:
    """Take ``{"data": [[10 numbers], ...]}`` and return one number per patient."""
    patients = np.array(json.loads(data)["data"], dtype=float)
    answers: list[float] = model.predict(patients).tolist()
    return answers
