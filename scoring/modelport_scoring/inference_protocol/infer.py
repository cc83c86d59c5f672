"""One inference request and its answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import numpy as np

from modelport_scoring.answer import JSON, SUCCEEDED, Answer, field
from modelport_scoring.errors import BadInputError
from modelport_scoring.inference_protocol.tensors import BINARY_SIZE, from_bytes, from_json, spec_of, to_bytes
from modelport_scoring.model.body import json_object
from modelport_scoring.model.catalog import ModelFolder
from modelport_scoring.model.interface import Model
from modelport_scoring.model.media import RAW
from modelport_scoring.model.result import json_bytes
from modelport_scoring.model.tensor import PROTOCOL_TYPES, Array
from modelport_scoring.scorer import ScoreRequest

JSON_LENGTH: Final = "inference-header-content-length"
"""The header that says how much of a body is JSON; the bytes of tensors follow."""
FORM: Final = '{"inputs": [{"name": ..., "datatype": "FP32", "shape": [...], "data": [...]}]}'
REFUSED: Final = frozenset({"classification", "shared_memory_region"})
"""Parameters that would change the answer, and are not offered."""


@dataclass(frozen=True)
class _Output:
    name: str
    is_binary: bool


def infer(model: Model, served: ModelFolder, request: ScoreRequest) -> Answer:
    """Answer *request* to a model. Raises `modelport_scoring.errors.ScoringError`."""
    document, rest = _parts(request)
    feeds = _feeds(_objects(document, "inputs"), rest)
    by_default = bool(_parameters(document).get("binary_data_output", False))
    asked = [_output(each, by_default=by_default) for each in _objects(document, "outputs")]
    known = {spec.name for spec in model.outputs}
    unknown = [output.name for output in asked if output.name not in known]
    if unknown:
        msg = f"Model {served.name!r} has no output {unknown[0]!r}. It has {', '.join(map(repr, sorted(known)))}."
        raise BadInputError(msg)
    results = model.infer(feeds, [output.name for output in asked])
    outputs = asked or [_Output(name, by_default) for name in results]
    head = {"model_name": served.name, "model_version": served.version}
    if isinstance(document.get("id"), str):
        head["id"] = document["id"]
    return _answer(head, outputs, results)


def _parts(request: ScoreRequest) -> tuple[dict[str, Any], memoryview]:
    """Take JSON and bytes of the body apart."""
    declared = request.headers.get(JSON_LENGTH)
    if declared is None:
        return json_object(request.body, FORM), memoryview(b"")
    if not (declared.isascii() and declared.isdigit()) or int(declared[:20]) > len(request.body):
        msg = f"Inference-Header-Content-Length is {declared[:32]!r}; the body has {len(request.body)} bytes."
        raise BadInputError(msg)
    length = int(declared[:20])
    return json_object(request.body[:length], FORM), memoryview(request.body)[length:]


def _feeds(tensors: Sequence[Mapping[str, Any]], rest: memoryview) -> dict[str, Array]:
    """Read every input; their bytes follow each other in *rest*."""
    feeds: dict[str, Array] = {}
    for tensor in tensors:
        spec, shape = spec_of(tensor)
        if spec.name in feeds:
            msg = f"Input {spec.name!r} is there twice."
            raise BadInputError(msg)
        size = _parameters(tensor).get(BINARY_SIZE)
        if size is None:
            if "data" not in tensor:
                msg = f"Input {spec.name!r} has neither data nor {BINARY_SIZE}."
                raise BadInputError(msg)
            feeds[spec.name] = from_json(spec, shape, tensor["data"])
            continue
        if type(size) is not int or not 0 <= size <= len(rest):
            msg = f"Input {spec.name!r} has a {BINARY_SIZE} of {size!r}; {len(rest)} bytes are left of the body."
            raise BadInputError(msg)
        feeds[spec.name] = from_bytes(spec, shape, rest[:size])
        rest = rest[size:]
    if len(rest):
        msg = f"{len(rest)} bytes at the end of the body belong to no input."
        raise BadInputError(msg)
    return feeds


def _output(tensor: Mapping[str, Any], *, by_default: bool) -> _Output:
    name = tensor.get("name")
    if not isinstance(name, str):
        msg = "A wanted output has no name."
        raise BadInputError(msg)
    return _Output(name, bool(_parameters(tensor).get("binary_data", by_default)))


def _objects(document: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = document.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        msg = f"{key!r} must be a list of objects. Send {FORM}."
        raise BadInputError(msg)
    if not found and key == "inputs" and key not in document:
        msg = f"The body has no 'inputs'. Send {FORM}."
        raise BadInputError(msg)
    return found


def _parameters(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    parameters = holder.get("parameters", {})
    if not isinstance(parameters, dict):
        msg = "'parameters' must be an object."
        raise BadInputError(msg)
    refused = REFUSED & parameters.keys()
    if refused:
        msg = f"The parameter {min(refused)!r} is not offered here."
        raise BadInputError(msg)
    return parameters


def _answer(head: dict[str, Any], outputs: Sequence[_Output], results: Mapping[str, Array]) -> Answer:
    described, tails = [], []
    for output in outputs:
        array = results[output.name]
        tensor: dict[str, Any] = {
            "name": output.name,
            "datatype": PROTOCOL_TYPES[array.dtype.name],
            "shape": list(array.shape),
        }
        if output.is_binary:
            tails.append(to_bytes(array))
            tensor["parameters"] = {BINARY_SIZE: len(tails[-1])}
        else:
            tensor["data"] = np.ravel(array)
        described.append(tensor)
    body = json_bytes(head | {"outputs": described})
    if not tails:
        return Answer(HTTPStatus.OK, JSON + SUCCEEDED, body)
    fields = field("content-type", RAW) + field(JSON_LENGTH, str(len(body))) + SUCCEEDED
    return Answer(HTTPStatus.OK, fields, b"".join([body, *tails]))
