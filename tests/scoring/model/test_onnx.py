"""ONNX models without an entry script: JSON in and out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from modelport_scoring.errors import BadInputError, ModelFailedError, StartError
from modelport_scoring.model.files import load_model
from modelport_scoring.model.interface import Model
from onnx import TensorProto, numpy_helper

from tests.scoring.model.graphs import graph, json_request, numbers, save, save_one

Scores = Callable[[object], Any]


@pytest.fixture
def rows(tmp_path: Path) -> Model:
    """Load a model that negates rows of three numbers."""
    (tmp_path / "deep").mkdir()
    save_one(tmp_path / "deep" / "m.onnx", {"x": (TensorProto.FLOAT, ["n", 3])}, "Neg", TensorProto.FLOAT)
    return load_model(tmp_path)


def answer_of(model: Model, document: object) -> Any:  # noqa: ANN401  whatever the model answers
    return json.loads(model.score(json_request(document)).body)


@pytest.mark.parametrize("name", ["data", "x"])
def test_one_input_is_data_or_its_name(rows: Model, name: str) -> None:
    """
    A model with one input takes rows as `data` or under the input's name, and answers by output name.
    """
    answer = answer_of(rows, {name: [[1, 2, 3.5], [4, 5, 6]]})

    assert {"result": [[-1, -2, -3.5], [-4, -5, -6]]} == answer


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"data": [[1, 2], [3]]}, "Input 'x' is ragged: all rows must have the same length; expected (any, 3)."),
        ({"data": [[1, 2]]}, "Input 'x' has shape (1, 2); expected (any, 3)."),
        ({"data": [1, 2, 3]}, "Input 'x' has shape (3); expected (any, 3)."),
        ({"data": 1}, "Input 'x' has shape (); expected (any, 3)."),
        ({"data": [["1", "2", "3"]]}, "Input 'x' must hold numbers only; expected float32 of shape (any, 3)."),
        ({"data": [[1, None, 3]]}, "Input 'x' must hold numbers only"),
        ({"data": [[True, False, True]]}, "Input 'x' must hold numbers only"),
        ({"data": [[1, 2, {}]]}, "Input 'x' must hold numbers only"),
        ({"data": None}, "Input 'x' must hold numbers only"),
        ({"data": [[1, 2, 1e300]]}, "Input 'x' holds numbers that float32 cannot express."),
        ({"data": [{"x": [1, 2, 3]}, {"y": 1}]}, "Row 1 of 'data' does not have the same keys as row 0"),
        ({"data": [{"y": [1, 2, 3]}]}, "The rows of 'data' have 'y'; the model takes 'x'."),
        ({"rows": [[1, 2, 3]]}, "The body has no input 'x'; the model takes 'x' (float32 of shape (any, 3))."),
        ({"data": [[1, 2, 3]], "y": 1}, "The model has no input 'y'. It takes 'x' (float32 of shape (any, 3))."),
        ([[1, 2, 3]], "The body should be a JSON object, not an array."),
    ],
)
def test_input_that_does_not_fit_is_explained(rows: Model, document: object, message: str) -> None:
    """
    The caller learns which input is wrong and what is expected.
    """
    with pytest.raises(BadInputError) as raised:
        rows.score(json_request(document))

    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "could not be decoded as JSON: "),
        (b"", "could not be decoded as JSON: "),
        (b'{"data": "\xff"}', "could not be decoded as JSON: "),
        (b'{"data": [[NaN, 1, 2]]}', "NaN and Infinity are not JSON."),
        (b'{"data": [[1, -Infinity, 2]]}', "NaN and Infinity are not JSON."),
        (b'{"data": [[1, 2, 1e999]]}', "infinity when parsed as double"),
        (b'{"data": ' + b"9" * 2_000_000 + b"}", "infinity when parsed as double"),
        (b'{"data": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "depth limit exceeded"),
        (b'{"data": ' + b"[" * 900 + b"]" * 900 + b"}", "Input 'x' is nested more than 32 deep"),
        (b'{"data": ' + b"[" * 900 + b"1" + b"]" * 900 + b"}", "Input 'x' is nested more than 32 deep"),
    ],
)
def test_hostile_json_is_explained(rows: Model, body: bytes, message: str) -> None:
    """
    Whatever the body is, the caller learns what is wrong with it.
    """
    with pytest.raises(BadInputError) as raised:
        rows.score(json_request(body))

    assert message in str(raised.value)


def test_a_byte_order_mark_does_no_harm(rows: Model) -> None:
    """
    What some editors put in front of a file is not part of the document.
    """
    assert {"result": [[-1, 0, 0]]} == answer_of(rows, b'\xef\xbb\xbf{"data": [[1, 0, 0]]}')


def test_several_inputs_go_by_name(tmp_path: Path) -> None:
    """
    A model with several inputs takes each by its name, and says which is missing.
    """
    shape = (TensorProto.INT64, ["n"])
    save_one(tmp_path / "m.onnx", {"a": shape, "b": shape}, "Add", TensorProto.INT64)
    model = load_model(tmp_path)

    assert {"result": [4, 6]} == answer_of(model, {"a": [1, 2], "b": [3, 4]})
    assert {"result": [4, 6]} == answer_of(model, {"data": [{"a": 1, "b": 3}, {"a": 2, "b": 4}]})
    with pytest.raises(BadInputError, match=r"no input 'b'.*Send a JSON object with one array per input"):
        model.score(json_request({"a": [1]}))
    with pytest.raises(BadInputError, match="no input 'a', 'b'"):
        model.score(json_request({"data": [[1, 2]]}))


@pytest.mark.parametrize("value", [1.5, 2**63, 2**64, -(2**63) - 1, 9.007199254740994e15])
def test_a_whole_number_is_never_changed(tmp_path: Path, value: float) -> None:
    """
    What an integer input cannot hold as it is, is refused and not rounded.
    """
    save_one(tmp_path / "m.onnx", {"x": (TensorProto.INT64, ["n"])}, "Identity", TensorProto.INT64)

    with pytest.raises(BadInputError, match="Input 'x' holds numbers that int64 cannot express"):
        load_model(tmp_path).score(json_request({"data": [value, -1]}))


def test_a_column_per_input_takes_rows_as_objects(tmp_path: Path) -> None:
    """
    A model of columns, shape (rows, 1) each, takes one object per row.
    """
    columns = {"age": (TensorProto.FLOAT, ["n", 1]), "weight": (TensorProto.FLOAT, [None, 1])}
    save_one(tmp_path / "m.onnx", columns, "Add", TensorProto.FLOAT)
    model = load_model(tmp_path)

    assert {"result": [[3], [7]]} == answer_of(model, {"data": [{"age": 1, "weight": 2}, {"weight": 4, "age": 3}]})


def test_texts_are_input_too(tmp_path: Path) -> None:
    """
    A graph of texts takes and gives texts; numbers are not made into texts.
    """
    save_one(tmp_path / "m.onnx", {"t": (TensorProto.STRING, ["n", 2])}, "Identity", TensorProto.STRING)
    model = load_model(tmp_path)

    assert {"result": [["ä", ""]]} == answer_of(model, {"data": [["ä", ""]]})
    with pytest.raises(BadInputError, match=r"Input 't' must hold texts only; expected texts of shape \(any, 2\)"):
        model.score(json_request({"data": [["a", 1]]}))
    with pytest.raises(BadInputError, match="Input 't' is ragged"):
        model.score(json_request({"data": [["a", "b"], ["c"]]}))


def test_an_input_with_a_default_may_be_left_out(tmp_path: Path) -> None:
    """
    An initializer that is an input as well is optional.
    """
    weights = numpy_helper.from_array(numbers(1, 2), "w")
    described = {"x": (TensorProto.FLOAT, ["n", 2]), "w": (TensorProto.FLOAT, [2])}
    save(tmp_path / "m.onnx", graph(described, [("Add", ["x", "w"], "r")], {"r": TensorProto.FLOAT}, [weights]))
    model = load_model(tmp_path)

    assert {"r": [[1, 2]]} == answer_of(model, {"data": [[0, 0]]})
    assert {"r": [[5, 6]]} == answer_of(model, {"data": [[0, 0]], "w": [5, 6]})
    assert (["data"], ["data", "w"]) == (model.schema.input["required"], list(model.schema.input["properties"]))


def test_an_input_of_an_optional_type_may_be_left_out(tmp_path: Path) -> None:
    """
    ONNX's optional tensors are given or not.
    """
    described = {"x": ("optional", TensorProto.FLOAT, ["n"])}
    save(tmp_path / "m.onnx", graph(described, [("OptionalHasElement", ["x"], "r")], {"r": TensorProto.BOOL}))
    model = load_model(tmp_path)

    assert {"r": False} == answer_of(model, {})
    assert {"r": True} == answer_of(model, {"data": [1.5]})


def test_any_shape_means_any_shape(tmp_path: Path) -> None:
    """
    An input without a declared shape takes what the graph takes.
    """
    save_one(tmp_path / "m.onnx", {"x": (TensorProto.FLOAT, None)}, "Neg", TensorProto.FLOAT)
    model = load_model(tmp_path)

    assert {"result": [[[-1]]]} == answer_of(model, {"data": [[[1]]]})
    assert {"result": -1} == answer_of(model, {"data": 1})


def test_a_map_per_row_is_answered_as_it_is(tmp_path: Path) -> None:
    """
    Probabilities that a converter gives by label stay by label.
    """
    described = {"x": (TensorProto.FLOAT, ["n", 2])}
    node = ("ZipMap", ["x"], "p", {"classlabels_int64s": [7, 9]}, "ai.onnx.ml")
    save(tmp_path / "m.onnx", graph(described, [node], {"p": "maps"}))

    assert {"p": [{"7": 0.5, "9": 0.25}]} == answer_of(load_model(tmp_path), {"data": [[0.5, 0.25]]})


def test_what_json_cannot_express_is_null(tmp_path: Path) -> None:
    """
    An answer is JSON, also where the model computes NaN or infinity.
    """
    save_one(tmp_path / "m.onnx", {"x": (TensorProto.FLOAT, ["n"])}, "Log", TensorProto.FLOAT)

    assert {"result": [None, None, 0]} == answer_of(load_model(tmp_path), {"data": [-1, 0, 1]})


def test_the_query_names_the_output(tmp_path: Path) -> None:
    """
    `?output=` computes one output only.
    """
    described = {"x": (TensorProto.FLOAT, ["n"])}
    outputs = {"low": TensorProto.FLOAT, "high": TensorProto.FLOAT}
    save(tmp_path / "m.onnx", graph(described, [("Floor", ["x"], "low"), ("Ceil", ["x"], "high")], outputs))
    model = load_model(tmp_path)

    assert {"low": [1], "high": [2]} == answer_of(model, {"data": [1.5]})
    assert {"high": [2]} == json.loads(model.score(json_request({"data": [1.5]}, query="output=high")).body)
    with pytest.raises(BadInputError, match=r"The model has no output 'x'\. It has 'low', 'high'"):
        model.score(json_request({"data": [1.5]}, query="output=x"))


def test_the_graph_itself_may_refuse(tmp_path: Path) -> None:
    """
    What only the graph can see is the caller's mistake too; the reason is given without places in foreign sources.
    """
    described = {"a": (TensorProto.FLOAT, ["n"]), "b": (TensorProto.FLOAT, ["m"])}
    save_one(tmp_path / "m.onnx", described, "Add", TensorProto.FLOAT)

    with pytest.raises(BadInputError) as raised:
        load_model(tmp_path).score(json_request({"a": [1, 2, 3], "b": [1, 2]}))

    assert "The model refuses this input: " in str(raised.value)
    assert "by a dimension other than 1. 2 by 3" in str(raised.value)
    assert "/onnxruntime" not in str(raised.value)


def test_memory_that_is_missing_is_not_the_callers_mistake(tmp_path: Path) -> None:
    """
    What no other input would mend is an error of the server, and its reason is for the log.
    """
    save_one(tmp_path / "m.onnx", {"size": (TensorProto.INT64, ["n"])}, "ConstantOfShape", TensorProto.FLOAT)

    with pytest.raises(ModelFailedError, match=r"^The model failed\. Check the logs"):
        load_model(tmp_path).score(json_request({"data": [10**14]}))


def test_the_schema_says_what_goes_in_and_out(rows: Model) -> None:
    """
    Element types and sizes are in the document; its example is an input that the model takes.
    """
    numeric = {"type": "number", "format": "float"}
    three = {"type": "array", "items": numeric, "minItems": 3, "maxItems": 3}
    data = {"type": "array", "items": three, "format": "numpy.ndarray"}

    assert {"data": data} == rows.schema.input["properties"]
    assert {"result": data} == rows.schema.output["properties"]
    assert {"result": [[0, 0, 0]]} == answer_of(rows, rows.schema.input["example"])


def test_a_broken_graph_keeps_the_server_from_starting(tmp_path: Path) -> None:
    """
    A file that is no ONNX model is named.
    """
    (tmp_path / "m.onnx").write_bytes(b"no graph")

    with pytest.raises(StartError, match=r"m\.onnx is not a usable ONNX model: .*Protobuf parsing failed"):
        load_model(tmp_path)


def test_an_input_that_no_request_carries_keeps_the_server_from_starting(tmp_path: Path) -> None:
    """
    A sequence of tensors needs a script that makes one.
    """
    described = {"x": ("sequence", TensorProto.FLOAT, ["n"])}
    save(tmp_path / "m.onnx", graph(described, [("SequenceLength", ["x"], "r")], {"r": TensorProto.INT64}))

    with pytest.raises(StartError, match=r"x \(seq\(tensor\(float\)\)\); write an entry script"):
        load_model(tmp_path)
