"""
Train the example model: ridge regression on the diabetes data that scikit-learn ships.

``python examples/diabetes/train.py [FOLDER]`` writes `ridge.joblib` into FOLDER, by default `model` beside this file.
"""

import sys
from pathlib import Path

import joblib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge


def train(folder: Path) -> Path:
    """Fit on all 442 patients, 10 features each; write the model into *folder* and return its path."""
    features, progression = load_diabetes(return_X_y=True)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "ridge.joblib"
    joblib.dump(Ridge(alpha=0.03).fit(features, progression), path)
    return path


if __name__ == "__main__":
    train(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("model"))
