"""A service of two models: ``sum`` (ONNX, two inputs) and ``flowers`` (scikit-learn), ``sum`` in two versions."""

from pathlib import Path

import joblib
import numpy as np
import pytest
from onnx import TensorProto
from sklearn.linear_model import LogisticRegression

from tests.scoring.caller import Served, served_models
from tests.scoring.model.graphs import graph, save


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """
    Lay out the models: sum gives a + b and the texts it got; its version 1 gives a - b.
    """
    described = {"a": (TensorProto.FLOAT, ["n"]), "b": (TensorProto.FLOAT, ["n"]), "note": (TensorProto.STRING, ["k"])}
    outputs = {"total": TensorProto.FLOAT, "said": TensorProto.STRING}
    for version, operator in (("1", "Sub"), ("2", "Add")):
        nodes = [(operator, ["a", "b"], "total"), ("Identity", ["note"], "said")]
        save(tmp_path / "models" / "sum" / version / "m.onnx", graph(described, nodes, outputs))
    flowers = LogisticRegression().fit(np.asarray([[0.0, 0], [1, 1], [0, 1], [5, 5]]), ["rose", "lily", "rose", "lily"])
    (tmp_path / "models" / "flowers" / "1").mkdir(parents=True)
    joblib.dump(flowers, tmp_path / "models" / "flowers" / "1" / "m.joblib")
    return tmp_path / "models"


@pytest.fixture
def app(models: Path) -> Served:
    """Serve the models to anybody."""
    return served_models(models)
