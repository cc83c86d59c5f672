"""ONNX models without an entry script."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from modelport_scoring.errors import BadInputError, StartError
from modelport_scoring.model import load_model
from modelport_scoring.scorer import Scorer, ScoreRequest
from onnx import TensorProto, helper


def request_of(document: object) -> ScoreRequest:
    return ScoreRequest("POST", "", {}, json.dumps(document).encode())


def save(path: Path, inputs: dict[str, tuple[int, list[Any]]], operator: str, kind: int) -> None:
    """Write a graph of one *operator* over *inputs* (type, shape) with the output `result` of type *kind*."""
    described = [helper.make_tensor_value_info(name, *what) for name, what in inputs.items()]
    result = helper.make_tensor_value_info("result", kind, None)
    graph = helper.make_graph([helper.make_node(operator, list(inputs), ["result"])], "graph", described, [result])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))


@pytest.fixture
def rows(tmp_path: Path) -> Scorer:
    """Load a model that negates rows of three numbers."""
    (tmp_path / "deep").mkdir()
    save(tmp_path / "deep" / "m.onnx", {"x": (TensorProto.FLOAT, ["n", 3])}, "Neg", TensorProto.FLOAT)
    return load_model(tmp_path)


@pytest.mark.parametrize("name", ["data", "x"])
def test_one_input_is_data_or_its_name(rows: Scorer, name: str) -> None:
    """
    A model with one input takes rows as `data` or under the input's name, and answers by output name.
    """
    result = rows.score(request_of({name: [[1, 2, 3.5], [4, 5, 6]]}))

    assert isinstance(result, dict)
    assert [[-1, -2, -3.5], [-4, -5, -6]] == result["result"].tolist()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"data": [[1, 2], [3]]}, "Input 'x' is ragged"),
        ({"data": [[1, 2]]}, "Input 'x' has shape (1, 2); expected (any, 3)."),
        ({"data": [1, 2, 3]}, "Input 'x' has shape (3); expected (any, 3)."),
        ({"data": [["1", "2", "3"]]}, "Input 'x' must hold numbers only."),
        ({"data": [[1, None, 3]]}, "Input 'x' must hold numbers only."),
        ({"data": [[True, False, True]]}, "Input 'x' must hold numbers only."),
        ({"rows": [[1, 2, 3]]}, "The body has no input 'x'."),
        ([[1, 2, 3]], "The body should be a JSON object, not an array."),
    ],
)
def test_input_that_does_not_fit_is_explained(rows: Scorer, document: object, message: str) -> None:
    """
    The caller learns which input is wrong and what is expected.
    """
    with pytest.raises(BadInputError) as raised:
        rows.score(request_of(document))

    assert message in str(raised.value)


def test_a_body_that_is_not_json_is_explained(rows: Scorer) -> None:
    """
    The caller learns where the JSON breaks.
    """
    with pytest.raises(BadInputError, match="could not be decoded as JSON: Expecting"):
        rows.score(ScoreRequest("POST", "", {}, b"{"))


def test_several_inputs_go_by_name(tmp_path: Path) -> None:
    """
    A model with several inputs takes each by its name, and says which is missing.
    """
    shape = (TensorProto.INT64, ["n"])
    save(tmp_path / "m.onnx", {"a": shape, "b": shape}, "Add", TensorProto.INT64)
    model = load_model(tmp_path)
    result = model.score(request_of({"a": [1, 2], "b": [3, 4]}))

    assert isinstance(result, dict)
    assert [4, 6] == result["result"].tolist()
    with pytest.raises(BadInputError, match="The body has no input 'b'"):
        model.score(request_of({"a": [1]}))
    with pytest.raises(BadInputError, match="Input 'a' holds numbers that int64 cannot express"):
        model.score(request_of({"a": [1.5], "b": [1]}))


def test_texts_are_input_too(tmp_path: Path) -> None:
    """
    A graph of texts takes and gives texts.
    """
    save(tmp_path / "m.onnx", {"t": (TensorProto.STRING, ["n"])}, "Identity", TensorProto.STRING)
    result = load_model(tmp_path).score(request_of({"data": ["ä", "b"]}))

    assert isinstance(result, dict)
    assert ["ä", "b"] == result["result"].tolist()


def test_the_schema_has_an_example_that_scores(rows: Scorer) -> None:
    """
    The example of the document is an input that the model takes.
    """
    result = rows.score(request_of(rows.schema.input["example"]))

    assert isinstance(result, dict)
    assert (1, 3) == np.shape(result["result"])


def test_a_broken_graph_keeps_the_server_from_starting(tmp_path: Path) -> None:
    """
    A file that is no ONNX model is named.
    """
    (tmp_path / "m.onnx").write_bytes(b"no graph")

    with pytest.raises(StartError, match=r"m\.onnx is not a usable ONNX model"):
        load_model(tmp_path)


def test_two_models_need_a_script(tmp_path: Path) -> None:
    """
    Which of two models is meant cannot be guessed.
    """
    for name in ("a.onnx", "b.pkl"):
        (tmp_path / name).touch()

    with pytest.raises(StartError, match=r"holds 2 models \(a\.onnx, b\.pkl\)"):
        load_model(tmp_path)
