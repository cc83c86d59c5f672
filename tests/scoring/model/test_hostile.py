"""Whatever a caller sends to a model without a script is scored or refused; nothing breaks."""

import json
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from modelport_scoring.errors import BadInputError
from modelport_scoring.inference_protocol.infer import infer
from modelport_scoring.model.catalog import ModelFolder
from modelport_scoring.model.files import load_model
from modelport_scoring.model.interface import Model
from modelport_scoring.scorer import ScoreRequest
from onnx import TensorProto
from sklearn.linear_model import LogisticRegression

from tests.scoring.model.graphs import graph, save

scalars = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
) | st.text(max_size=3)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "t", "data", "method", "name", "shape"]), inner, max_size=3)
    ),
    max_leaves=8,
)
rows = st.lists(st.lists(scalars, min_size=2, max_size=2), max_size=3)
documents = st.fixed_dictionaries(
    {}, optional={"data": values | rows, "x": values | rows, "t": values, "method": values}
)
sizes = st.lists(st.integers(-1, 4) | st.sampled_from([2**31, 2**62, 2**70]), max_size=4)
tensors = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["x", "t", "data"]) | values,
        "datatype": st.sampled_from(["FP32", "FP64", "BYTES", "INT8", "BOOL"]) | values,
        "shape": sizes | values,
    },
    optional={
        "data": values | st.lists(st.floats(-9, 9), max_size=4),
        "parameters": st.fixed_dictionaries({}, optional={"binary_data_size": st.integers(-1, 40) | values}) | values,
    },
)
inferences = st.fixed_dictionaries(
    {"inputs": st.lists(tensors, max_size=3) | values},
    optional={"outputs": values, "parameters": values, "id": values},
)
content_types = st.sampled_from(
    ["application/octet-stream", "application/x-npy", "application/octet-stream; shape=1x2", ";;=", "application/json"]
)
unhurried = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=["onnx", "sklearn"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Model:
    """Load a graph of numbers and, optionally, texts; and a classifier of two features."""
    if request.param == "onnx":
        described = {"x": (TensorProto.FLOAT, ["n", 2]), "t": ("optional", TensorProto.STRING, ["k"])}
        nodes = [("Neg", ["x"], "r"), ("OptionalHasElement", ["t"], "b")]
        save(tmp_path / "m.onnx", graph(described, nodes, {"r": TensorProto.FLOAT, "b": TensorProto.BOOL}))
    else:
        joblib.dump(LogisticRegression().fit(np.asarray([[0.0, 0], [1, 1]]), ["a", "b"]), tmp_path / "m.pkl")
    return load_model(tmp_path)


def is_answered(call: Callable[[], object]) -> bool:
    """Say whether *call* answered; the only other end is a refusal."""
    try:
        call()
    except BadInputError:
        return False
    return True


@unhurried
@given(document=documents)
def test_any_json_is_scored_or_refused(model: Model, document: object) -> None:
    """
    JSON of any form has an answer, and the answer is JSON.
    """
    request = ScoreRequest("POST", "", {}, json.dumps(document).encode())

    if is_answered(lambda: model.score(request)):
        json.loads(model.score(request).body)


@unhurried
@given(body=st.binary(max_size=40) | st.just(struct.pack("<4f", 1, 2, 3, 4)), content_type=content_types)
def test_any_bytes_are_scored_or_refused(model: Model, body: bytes, content_type: str) -> None:
    """
    Bytes of any content type have an answer, in each form that can be asked for.
    """
    for accept in ("application/json", "application/octet-stream", "application/x-npy"):
        headers = {"content-type": content_type, "accept": accept}
        is_answered(partial(model.score, ScoreRequest("POST", "", headers, body)))


@unhurried
@given(document=inferences, tail=st.binary(max_size=40))
def test_any_inference_is_scored_or_refused(model: Model, document: object, tail: bytes) -> None:
    """
    Requests of the Open Inference Protocol have an answer, whatever they declare.
    """
    head = json.dumps(document).encode()
    request = ScoreRequest("POST", "", {"inference-header-content-length": str(len(head))}, head + tail)

    is_answered(lambda: infer(model, ModelFolder("m", "1", Path()), request))
