"""Inference requests: JSON and the binary tensor extension."""

import json
import struct
from typing import Any

import numpy as np
import pytest

from tests.scoring.caller import Response, Served, ask

LENGTH = "inference-header-content-length"


def tensor(name: str, datatype: str, shape: list[int], **rest: object) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, **rest}


A = tensor("a", "FP32", [2], data=[1, 2])
B = tensor("b", "FP32", [2], data=[10, 20.5])
NOTE = tensor("note", "BYTES", [1], data=["ä"])


def infer(app: Served, document: object, *tails: bytes, path: str = "/v2/models/sum/infer") -> Response:
    """Ask with *document* as JSON, and the bytes of tensors behind it."""
    head = document if isinstance(document, bytes) else json.dumps(document).encode()
    headers = [(LENGTH, str(len(head)))] if tails else []
    return ask(app, path, body=b"".join([head, *tails]), headers=headers)


def test_json_in_json_out(app: Served) -> None:
    """
    Every output comes back with name, type, shape and flat data; the id is the caller's.
    """
    answer = json.loads(infer(app, {"id": "7", "inputs": [A, B, NOTE]}).body)

    assert {
        "model_name": "sum",
        "model_version": "2",
        "id": "7",
        "outputs": [
            tensor("total", "FP32", [2], data=[11, 22.5]),
            tensor("said", "BYTES", [1], data=["ä"]),
        ],
    } == answer


def test_a_version_may_be_asked_for(app: Served) -> None:
    """
    The path may name a version; only the outputs that are asked for come back.
    """
    path = "/v2/models/sum/versions/1/infer"
    answer = json.loads(infer(app, {"inputs": [A, B, NOTE], "outputs": [{"name": "total"}]}, path=path).body)

    assert "1" == answer["model_version"]
    assert [tensor("total", "FP32", [2], data=[-9, -18.5])] == answer["outputs"]


def test_bytes_in_bytes_out(app: Served) -> None:
    """
    Tensors may follow the JSON as little-endian bytes, texts with their lengths; so do those asked for as binary.
    """
    inputs = [
        tensor("a", "FP32", [2], parameters={"binary_data_size": 8}),
        B,
        tensor("note", "BYTES", [2], parameters={"binary_data_size": 4 + 2 + 4 + 0}),
    ]
    texts = struct.pack("<I", 2) + "ä".encode() + struct.pack("<I", 0)
    document = {"inputs": inputs, "parameters": {"binary_data_output": True}}
    response = infer(app, document, np.asarray([1, 2], "<f4").tobytes(), texts)
    length = int(response.headers[LENGTH])
    head, tail = json.loads(response.body[:length]), response.body[length:]

    assert "application/octet-stream" == response.headers["content-type"]
    assert [{"binary_data_size": 8}, {"binary_data_size": 10}] == [each["parameters"] for each in head["outputs"]]
    assert np.asarray([11, 22.5], "<f4").tobytes() + texts == tail


def test_each_output_may_have_its_own_form(app: Served) -> None:
    """
    `binary_data` of an output wins over `binary_data_output` of the request.
    """
    outputs = [{"name": "said", "parameters": {"binary_data": False}}, {"name": "total"}]
    document = {"inputs": [A, B, NOTE], "outputs": outputs, "parameters": {"binary_data_output": True}}
    response = infer(app, document)
    length = int(response.headers[LENGTH])
    said, total = json.loads(response.body[:length])["outputs"]

    assert (["ä"], {"binary_data_size": 8}) == (said["data"], total["parameters"])
    assert np.asarray([11, 22.5], "<f4").tobytes() == response.body[length:]


def test_data_may_be_nested(app: Served) -> None:
    """
    Data are nested lists of the declared shape, or flat in row-major order.
    """
    for data in ([[0, 0], [5, 5]], [0, 0, 5, 5]):
        document = {"inputs": [tensor("data", "FP64", [2, 2], data=data)]}
        answer = json.loads(infer(app, document, path="/v2/models/flowers/infer").body)

        assert [tensor("predict", "BYTES", [2], data=["rose", "lily"])] == answer["outputs"]


def test_an_estimators_method_is_asked_for_as_output(app: Served) -> None:
    """
    Without outputs `predict` is meant; others come by name. Any numbers do.
    """
    document = {"inputs": [tensor("data", "INT32", [1, 2], data=[0, 0])], "outputs": [{"name": "predict_proba"}]}
    [output] = json.loads(infer(app, document, path="/v2/models/flowers/infer").body)["outputs"]

    assert ("FP64", [1, 2], pytest.approx(1)) == (output["datatype"], output["shape"], sum(output["data"]))


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (b"{", "could not be decoded as JSON"),
        ([], "should be a JSON object, not an array"),
        ({}, "The body has no 'inputs'."),
        ({"inputs": [1]}, "'inputs' must be a list of objects."),
        ({"inputs": {}}, "'inputs' must be a list of objects."),
        ({"inputs": [A, B]}, "The body has no input 'note'"),
        ({"inputs": [A, A, B, NOTE]}, "Input 'a' is there twice."),
        ({"inputs": [A, B, NOTE, tensor("c", "FP32", [0], data=[])]}, "The model has no input 'c'."),
        ({"inputs": [{"name": 1}]}, "An input has no name."),
        ({"inputs": [A | {"datatype": "FP31"}]}, "Input 'a' has the datatype 'FP31'; BOOL, "),
        ({"inputs": [A | {"datatype": ["FP32"]}]}, "Input 'a' has the datatype ['FP32']"),
        ({"inputs": [A | {"shape": [-2]}]}, "Input 'a' has no shape"),
        ({"inputs": [A | {"shape": [True]}]}, "Input 'a' has no shape"),
        ({"inputs": [A | {"shape": [1] * 33}]}, "Input 'a' has no shape; send a list of at most 32 sizes"),
        ({"inputs": [A | {"shape": [10**30]}]}, "Input 'a' has no shape"),
        (
            {"inputs": [A | {"shape": [10**18]}]},
            "Input 'a' has 2 elements, which are not of shape (1000000000000000000).",
        ),
        (
            {"inputs": [A | {"shape": [0, 2**62, 2**62], "data": []}]},
            "Input 'a' has 0 elements, which are not of shape",
        ),
        ({"inputs": [A | {"data": [[1], [2]]}]}, "declared as (2), its data have shape (2, 1)."),
        ({"inputs": [A | {"data": [1, "x"]}]}, "Input 'a' must hold numbers only"),
        ({"inputs": [A | {"data": [1, [2]]}]}, "Input 'a' is ragged"),
        ({"inputs": [tensor("a", "FP32", [2])]}, "Input 'a' has neither data nor binary_data_size."),
        ({"inputs": [A | {"datatype": "FP64"}, B, NOTE]}, "'a' is of type float64; expected float32 of shape (any)."),
        ({"inputs": [tensor("a", "FP32", [1, 2], data=[1, 2]), B, NOTE]}, "has shape (1, 2); expected (any)."),
        ({"inputs": [A | {"parameters": []}]}, "'parameters' must be an object."),
        ({"inputs": [A | {"parameters": {"shared_memory_region": "r"}}]}, "'shared_memory_region' is not offered"),
        ({"inputs": [A, B, NOTE], "outputs": [{"name": "x"}]}, "has no output 'x'. It has 'said', 'total'."),
        ({"inputs": [A, B, NOTE], "outputs": [{}]}, "A wanted output has no name."),
        ({"inputs": [A, tensor("b", "FP32", [3], data=[1, 2, 3]), NOTE]}, "The model refuses this input"),
    ],
)
def test_a_request_that_does_not_fit_is_explained(app: Served, document: object, error: str) -> None:
    """
    The caller's mistakes are answered with 400, and say what is wrong and what is wanted.
    """
    response = infer(app, document)

    assert 400 == response.status
    assert error in json.loads(response.body)["error"]


@pytest.mark.parametrize(
    ("size", "tail", "error"),
    [
        (8, b"1234567", "binary_data_size of 8; 7 bytes are left of the body."),
        (-8, b"12345678", "binary_data_size of -8"),
        ("8", b"12345678", "binary_data_size of '8'"),
        (8, b"123456789", "1 bytes at the end of the body belong to no input."),
        (4, b"1234", "Input 'a' has 4 bytes; float32 of shape (2) takes 8."),
    ],
)
def test_bytes_that_do_not_fit_are_explained(app: Served, size: object, tail: bytes, error: str) -> None:
    """
    Sizes are held against what came, before anything is made of it.
    """
    response = infer(app, {"inputs": [tensor("a", "FP32", [2], parameters={"binary_data_size": size})]}, tail)

    assert 400 == response.status
    assert error in json.loads(response.body)["error"]


@pytest.mark.parametrize(
    ("texts", "error"),
    [
        (b"\x05\x00\x00\x00abc", "ends inside a text"),
        (b"\x05\x00", "holds text that cannot be read"),
        (b"\x01\x00\x00\x00\xff", "holds text that cannot be read"),
        (b"\xff\xff\xff\xff", "ends inside a text"),
        (b"", "has 0 elements, which are not of shape (1)."),
    ],
)
def test_texts_that_are_cut_are_explained(app: Served, texts: bytes, error: str) -> None:
    """
    A length that points beyond the body is refused.
    """
    note = tensor("note", "BYTES", [1], parameters={"binary_data_size": len(texts)})
    response = infer(app, {"inputs": [note]}, texts)

    assert 400 == response.status
    assert error in json.loads(response.body)["error"]


@pytest.mark.parametrize("length", ["x", "-1", "999999", "9" * 5000])
def test_a_wrong_length_of_the_json_is_explained(app: Served, length: str) -> None:
    """
    The header that says where bytes begin must be true.
    """
    response = ask(app, "/v2/models/sum/infer", body=b"{}", headers=[(LENGTH, length)])

    assert 400 == response.status
    assert "Inference-Header-Content-Length" in json.loads(response.body)["error"]
