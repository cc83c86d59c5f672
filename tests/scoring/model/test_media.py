"""Arrays as bytes: raw elements and .npy."""

import io
import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from modelport_scoring.errors import BadInputError
from modelport_scoring.model.files import load_model
from modelport_scoring.model.interface import Model
from modelport_scoring.scorer import ScoreRequest
from onnx import TensorProto
from sklearn.linear_model import LinearRegression

from tests.scoring.model.graphs import graph, numbers, save, save_one

RAW = "application/octet-stream"
NPY = "application/x-npy"


def request_of(body: bytes, content_type: str, accept: str = "application/json", query: str = "") -> ScoreRequest:
    return ScoreRequest("POST", query, {"content-type": content_type, "accept": accept}, body)


def npy(array: Any) -> bytes:  # noqa: ANN401  whatever numpy makes an array of
    stream = io.BytesIO()
    np.save(stream, np.asarray(array))
    return stream.getvalue()


@pytest.fixture
def rows(tmp_path: Path) -> Model:
    """Load a model that negates rows of three numbers."""
    save_one(tmp_path / "m.onnx", {"x": (TensorProto.FLOAT, ["n", 3])}, "Neg", TensorProto.FLOAT)
    return load_model(tmp_path)


@pytest.mark.parametrize("content_type", [RAW, f"{RAW}; dtype=float32", f'{RAW};shape="2x3"', RAW.upper()])
def test_raw_elements_are_read_as_rows(rows: Model, content_type: str) -> None:
    """
    The one open size follows from the number of bytes.
    """
    answer = rows.score(request_of(numbers(1, 2, 3, 4, 5, 6).tobytes(), content_type))

    assert {"result": [[-1, -2, -3], [-4, -5, -6]]} == json.loads(answer.body)


@pytest.mark.parametrize(
    ("body", "parameters", "message"),
    [
        (b"1234567", "", "The body has 7 bytes: float32 takes 4 bytes an element."),
        (b"12345678", "", "The body has 2 elements; expected float32 of shape (any, 3)."),
        (b"12345678", "; shape=1x2", "Input 'x' has shape (1, 2); expected (any, 3)."),
        (b"12345678", "; shape=1x3", "The body has 2 elements, which are not of shape (1, 3)."),
        (b"12345678", "; shape=-1x-2", "The body has 2 elements, which are not of shape (-1, -2)."),
        (b"12345678", "; shape=1y3", "shape='1y3' is no shape; write the sizes as 2x3."),
        (b"12345678", "; dtype=float64", "Input 'x' is float32 of shape (any, 3); the body is declared as 'float64'."),
    ],
)
def test_raw_elements_that_do_not_fit_are_explained(rows: Model, body: bytes, parameters: str, message: str) -> None:
    """
    The caller learns how many bytes came and how many belong to what the model takes.
    """
    with pytest.raises(BadInputError) as raised:
        rows.score(request_of(body, RAW + parameters))

    assert message == str(raised.value)


def test_sizes_that_are_open_must_be_declared(tmp_path: Path) -> None:
    """
    Bytes alone do not say which of several shapes they are.
    """
    save_one(tmp_path / "m.onnx", {"x": (TensorProto.INT16, ["n", "m"])}, "Identity", TensorProto.INT16)
    model, body = load_model(tmp_path), np.arange(6, dtype="<i2").tobytes()

    assert {"result": [[0, 1], [2, 3], [4, 5]]} == json.loads(model.score(request_of(body, f"{RAW}; shape=3x2")).body)
    with pytest.raises(BadInputError, match="declare the sizes, as in 'Content-Type: application/octet-stream; shape"):
        model.score(request_of(body, RAW))


def test_one_array_is_not_two_inputs(tmp_path: Path) -> None:
    """
    A model of several inputs says what to send instead of one array.
    """
    shape = (TensorProto.FLOAT, ["n"])
    save_one(tmp_path / "m.onnx", {"a": shape, "b": shape}, "Add", TensorProto.FLOAT)

    with pytest.raises(BadInputError, match=r"carries one array; the model takes 'a' .* Send a JSON object"):
        load_model(tmp_path).score(request_of(b"1234", RAW))


@pytest.mark.parametrize(
    "array",
    [
        np.asarray([[1, 2, 3]], dtype="float64"),
        np.asarray([[1, 2, 3]], dtype=">f4"),
        np.asarray([[1, 2, 3]], dtype="int8"),
        np.asarray([[1], [2], [3]], dtype="float32").T,
        np.asfortranarray(np.asarray([[1, 2, 3], [4, 5, 6]], dtype="float32"))[:1],
    ],
)
def test_npy_is_converted_as_json_is(rows: Model, array: Any) -> None:  # noqa: ANN401  an array
    """
    Numbers of another type or order in memory are read, as long as nothing is lost.
    """
    assert {"result": [[-1, -2, -3]]} == json.loads(rows.score(request_of(npy(array), NPY)).body)


def test_npy_carries_what_json_cannot(rows: Model) -> None:
    """
    NaN and infinity come in and go out as bytes.
    """
    answer = rows.score(request_of(npy(numbers(np.nan, np.inf, 0)[None]), NPY, accept=NPY))

    np.testing.assert_array_equal(numbers(np.nan, -np.inf, 0)[None], np.load(io.BytesIO(answer.body)))


HEADER = npy(numbers(1, 2, 3)[None])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The body is not a .npy file"),
        (b"junk" * 40, "The body is not a .npy file"),
        (HEADER[:20], "The body is not a .npy file"),
        (HEADER[:-1], "declares shape (1, 3) of float32 but holds 11 bytes."),
        (HEADER.replace(b"(1, 3)", b"(9**9)"), "The body is not a .npy file"),
        (HEADER.replace(b"(1, 3), }         ", b"(9999999999, 9), }"), "declares shape (9999999999, 9)"),
        (
            npy(np.empty((0, 3))).replace(b"(0, 3), }         ", b"(0, 3, 9999999), }"),
            "has shape (0, 3, 9999999); exp",
        ),
        (HEADER.replace(b"(1, 3), }  ", b"(-1, -3), }"), "declares shape (-1, -3)"),
        (HEADER.replace(b"'<f4'", b"'|O' "), "The .npy file holds object; expected float32 of shape (any, 3)."),
        (HEADER.replace(b"'<f4'", b"'<c8'"), "The .npy file holds complex64"),
        (npy([["a", "b", "c"]]), "Input 'x' must hold numbers only"),
        (npy([[1e300, 0, 0]]), "Input 'x' holds numbers that float32 cannot express."),
        (npy([[1, 2]]), "Input 'x' has shape (1, 2); expected (any, 3)."),
    ],
)
def test_npy_that_does_not_fit_is_explained(rows: Model, body: bytes, message: str) -> None:
    """
    A file that is broken, dangerous or of another form is refused before anything of its declared size is made.
    """
    with pytest.raises(BadInputError) as raised:
        rows.score(request_of(body, NPY))

    assert message in str(raised.value)


def test_npy_carries_texts(tmp_path: Path) -> None:
    """
    Texts of numpy are texts of the model, both ways.
    """
    save_one(tmp_path / "m.onnx", {"t": (TensorProto.STRING, ["n"])}, "Identity", TensorProto.STRING)
    answer = load_model(tmp_path).score(request_of(npy(["ä", "bc"]), NPY, accept=NPY))

    assert ["ä", "bc"] == np.load(io.BytesIO(answer.body)).tolist()


def test_the_answer_is_raw_when_asked(rows: Model) -> None:
    """
    `Accept` chooses the form of the answer; type and shape stand in its content type.
    """
    answer = rows.score(request_of(b'{"data": [[1, 2, 3]]}', "application/json", accept=f"text/html, {RAW};q=0.9"))

    assert f"content-type: {RAW}; dtype=float32; shape=1x3\r\n".encode() in answer.fields
    assert numbers(-1, -2, -3).tobytes() == answer.body


def test_a_raw_answer_is_one_output(tmp_path: Path) -> None:
    """
    Of several outputs the query names the one that is wanted; texts have no raw form.
    """
    outputs = {"a": TensorProto.FLOAT, "b": TensorProto.STRING}
    described = {"x": (TensorProto.FLOAT, ["n"])}
    nodes = [("Neg", ["x"], "a"), ("Cast", ["x"], "b", {"to": TensorProto.STRING})]
    save(tmp_path / "m.onnx", graph(described, nodes, outputs))
    model, body = load_model(tmp_path), numbers(1).tobytes()

    assert numbers(-1).tobytes() == model.score(request_of(body, RAW, RAW, "output=a")).body
    with pytest.raises(BadInputError, match=r"the model gives 'a', 'b'\. Name one, as in \?output=a"):
        model.score(request_of(body, RAW, RAW))
    with pytest.raises(BadInputError, match="no raw form; ask for JSON"):
        model.score(request_of(body, RAW, RAW, "output=b"))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (np.asarray([1, 2, 3, 4], "<f8").tobytes(), RAW),
        (np.asarray([1, 2, 3, 4], "<f4").tobytes(), f"{RAW}; dtype=float32"),
        (npy([[1, 2], [3, 4]]), NPY),
    ],
)
def test_scikit_learn_takes_bytes_too(tmp_path: Path, body: bytes, content_type: str) -> None:
    """
    An estimator's features are float64 unless declared otherwise.
    """
    joblib.dump(LinearRegression().fit([[0, 0], [1, 0], [0, 1]], [0, 1, 2]), tmp_path / "m.joblib")
    answer = load_model(tmp_path).score(request_of(body, content_type, accept=RAW))

    assert f"content-type: {RAW}; dtype=float64; shape=2\r\n".encode() in answer.fields
    assert [5, 11] == pytest.approx(np.frombuffer(answer.body, "<f8").tolist())
