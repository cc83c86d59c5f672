"""Small ONNX graphs, and requests to them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from modelport_scoring.scorer import ScoreRequest
from onnx import TensorProto, helper

Described = Mapping[str, tuple[Any, ...]]


def json_request(document: object, query: str = "") -> ScoreRequest:
    """Ask for a score of *document*, or of bytes that claim to be one."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return ScoreRequest("POST", query, {"content-type": "application/json"}, body)


def numbers(*values: float) -> "np.ndarray[Any, Any]":
    """Give an array of float32."""
    return np.asarray(values, dtype=np.float32)


def graph(
    inputs: Described,
    nodes: Sequence[tuple[Any, ...]],
    outputs: Mapping[str, int | str],
    initializers: Sequence[onnx.TensorProto] = (),
) -> onnx.GraphProto:
    """
    Make a graph.

    *inputs* are ([kind,] type, shape), *nodes* (operator, inputs, output[, attributes, domain]),
    *outputs* a type or "maps".
    """
    made = [
        helper.make_node(operator, names, [result], domain=rest[1] if rest[1:] else "", **(rest[0] if rest else {}))
        for operator, names, result, *rest in nodes
    ]
    described = [helper.make_value_info(name, _type(*what)) for name, what in inputs.items()]
    results = [_output(name, kind) for name, kind in outputs.items()]
    return helper.make_graph(made, "graph", described, results, list(initializers))


def save(path: Path, content: onnx.GraphProto) -> None:
    """Write a model of one graph."""
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(content, opset_imports=opsets, ir_version=8), str(path))


def save_one(path: Path, inputs: Described, operator: str, kind: int) -> None:
    """Write a graph of one *operator* over *inputs* with the output `result` of type *kind*."""
    save(path, graph(inputs, [(operator, list(inputs), "result")], {"result": kind}))


def _type(*what: Any) -> onnx.TypeProto:  # noqa: ANN401  ([kind,] type, shape)
    if what[0] == "optional":
        return helper.make_optional_type_proto(_type(*what[1:]))
    if what[0] == "sequence":
        return helper.make_sequence_type_proto(_type(*what[1:]))
    return helper.make_tensor_type_proto(*what)


def _output(name: str, kind: int | str) -> onnx.ValueInfoProto:
    if isinstance(kind, str):
        value = helper.make_tensor_type_proto(TensorProto.FLOAT, [])
        return helper.make_value_info(
            name, helper.make_sequence_type_proto(helper.make_map_type_proto(TensorProto.INT64, value))
        )
    return helper.make_tensor_value_info(name, kind, None)
