"""
Train the example classifier: handwritten digits of 8 x 8 pixels, as an ONNX file.

``python examples/digits/train.py [FOLDER]`` writes `digits.onnx` into FOLDER, by default the one of this file.
"""

import sys
from pathlib import Path

from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

PIXELS = 64
OPSET = 18  # read by every ONNX Runtime of the last three years


def train(folder: Path) -> Path:
    """Fit on three quarters of the 1,797 images, 64 pixels of 0 to 16 each; write into *folder*, return the path."""
    images, digits = load_digits(return_X_y=True)
    train_images, _, train_digits, _ = train_test_split(images, digits, random_state=0, stratify=digits)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(train_images, train_digits)
    graph = to_onnx(
        classifier,
        initial_types=[("pixels", FloatTensorType([None, PIXELS]))],
        options={"zipmap": False},  # probabilities as one array, not as a list of dictionaries
        target_opset=OPSET,
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "digits.onnx"
    path.write_bytes(graph.SerializeToString())
    return path


if __name__ == "__main__":
    train(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
