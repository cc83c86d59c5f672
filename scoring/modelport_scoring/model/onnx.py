"""Serves an ONNX graph as it is: JSON arrays in, JSON arrays out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import onnxruntime as ort

from modelport_scoring.errors import BadInputError, StartError
from modelport_scoring.model.body import FORM, json_object
from modelport_scoring.scorer import Schema, ScoreRequest

TYPES: Final[Mapping[str, str]] = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(int8)": "int8",
    "tensor(int16)": "int16",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(uint8)": "uint8",
    "tensor(uint16)": "uint16",
    "tensor(uint32)": "uint32",
    "tensor(uint64)": "uint64",
    "tensor(bool)": "bool",
    "tensor(string)": "object",
}
"""ONNX element types that JSON can carry, and numpy's names for them."""
DATA: Final = "data"
LONGEST_EXAMPLE: Final = 1024
"""Larger dimensions are shortened to 1 in the example of the schema."""


class OnnxModel:
    """An ONNX session. A graph with one input takes it as ``data`` or by name, others each by name."""

    methods: Final = frozenset({"POST"})

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self._inputs = session.get_inputs()
        self._outputs = [output.name for output in session.get_outputs()]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Open the graph at *path* with one thread: workers are the parallelism. Raises `StartError`."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            session = ort.InferenceSession(str(path), options, providers=ort.get_available_providers())
        except Exception as error:
            msg = f"{path.name} is not a usable ONNX model: {' '.join(str(error).split())}"
            raise StartError(msg) from error
        unusable = [f"{each.name} ({each.type})" for each in session.get_inputs() if each.type not in TYPES]
        if unusable:
            msg = f"{path.name} takes inputs that JSON cannot carry: {', '.join(unusable)}; write an entry script"
            raise StartError(msg)
        return cls(session)

    @property
    def schema(self) -> Schema:
        """Each input as nested arrays; outputs by name."""
        properties = {self._key(each): _array_schema(each.shape, TYPES[each.type]) for each in self._inputs}
        example = {name: part["example"] for name, part in properties.items()}
        outputs = {name: {"type": "array", "items": {}} for name in self._outputs}
        return Schema(
            input={"type": "object", "properties": properties, "required": list(properties), "example": example},
            output={"type": "object", "properties": outputs},
        )

    def score(self, request: ScoreRequest) -> object:
        """Give every output by its name. Raises `BadInputError` for input of another name, type or shape."""
        feeds = self._feeds(json_object(request))
        try:
            results = self._session.run(self._outputs, feeds)
        except (ort.capi.onnxruntime_pybind11_state.InvalidArgument, ValueError) as error:
            msg = f"The model refuses this input: {' '.join(str(error).split())}"
            raise BadInputError(msg) from error
        return dict(zip(self._outputs, results, strict=True))

    def _key(self, wanted: ort.NodeArg) -> str:
        return DATA if len(self._inputs) == 1 else str(wanted.name)

    def _feeds(self, document: Mapping[str, Any]) -> dict[str, Any]:
        if len(self._inputs) == 1 and DATA in document:
            document = {self._inputs[0].name: document[DATA]}
        missing = [each.name for each in self._inputs if each.name not in document]
        if missing:
            form = FORM if len(self._inputs) == 1 else "a JSON object with one array per input"
            msg = f"The body has no input {', '.join(map(repr, missing))}. Send {form}."
            raise BadInputError(msg)
        return {
            each.name: to_array(each.name, document[each.name], TYPES[each.type], each.shape) for each in self._inputs
        }


def to_array(name: str, values: object, dtype: str, shape: Sequence[int | str | None]) -> np.ndarray[Any, Any]:
    """
    Make an array of *dtype* and *shape* (a text or None is any size) from nested lists.

    Raises `BadInputError` naming the input, what came and what is expected.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        msg = f"Input {name!r} is ragged: all rows must have the same length."
        raise BadInputError(msg) from error
    if array.size and array.dtype.kind not in _kinds(dtype):
        msg = f"Input {name!r} must hold {_said(dtype)} only."
        raise BadInputError(msg)
    converted = array.astype(dtype)
    if (
        dtype != "object"
        and array.dtype.kind in "iuf"
        and np.dtype(dtype).kind in "iu"
        and not np.array_equal(converted, array)
    ):
        msg = f"Input {name!r} holds numbers that {dtype} cannot express."
        raise BadInputError(msg)
    _check_shape(name, array.shape, shape)
    return converted


def _check_shape(name: str, found: Sequence[int], wanted: Sequence[int | str | None]) -> None:
    fits = len(found) == len(wanted) and all(
        not isinstance(size, int) or size == actual for actual, size in zip(found, wanted, strict=True)
    )
    if not fits:
        expected = ", ".join(str(size) if isinstance(size, int) else "any" for size in wanted)
        msg = f"Input {name!r} has shape ({', '.join(map(str, found))}); expected ({expected})."
        raise BadInputError(msg)


def _kinds(dtype: str) -> str:
    return {"object": "U", "bool": "b"}.get(dtype, "iuf")


def _said(dtype: str) -> str:
    return {"object": "texts", "bool": "true and false"}.get(dtype, "numbers")


def _array_schema(shape: Sequence[int | str | None], dtype: str) -> dict[str, Any]:
    items: dict[str, Any] = {"object": {"type": "string"}, "bool": {"type": "boolean"}}.get(dtype, {"type": "number"})
    example: Any = {"object": "", "bool": False}.get(dtype, 0)
    for size in reversed(shape):
        items = {"type": "array", "items": items}
        example = [example] * (size if isinstance(size, int) and 0 < size <= LONGEST_EXAMPLE else 1)
    return items | {"format": "numpy.ndarray", "example": example}
