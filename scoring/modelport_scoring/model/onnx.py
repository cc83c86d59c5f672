"""Serves an ONNX graph as it is: arrays in, arrays out."""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import onnxruntime as ort

from modelport_scoring.answer import Answer
from modelport_scoring.errors import BadInputError, ModelFailedError, StartError
from modelport_scoring.model.describe import input_schema, output_schema
from modelport_scoring.model.inputs import Inputs
from modelport_scoring.model.providers import open_with_first
from modelport_scoring.model.result import binary_result, json_result, wanted_media, wanted_output
from modelport_scoring.model.settings import ModelSettings
from modelport_scoring.model.tensor import PROTOCOL_TYPES, TEXT, Array, Shape, TensorSpec
from modelport_scoring.scorer import Schema, ScoreRequest

TYPES: Final[Mapping[str, str]] = {name: name for name in PROTOCOL_TYPES if name != TEXT} | {
    "float": "float32",
    "double": "float64",
    "string": TEXT,
}
"""ONNX element types that a request can carry, and numpy's names for them."""
TENSOR: Final = re.compile(r"(?P<optional>optional\()?tensor\((?P<type>\w+)\)\)?")
MAPS: Final = re.compile(r"seq\(map\(\w+,tensor\((?P<type>\w+)\)\)\)")
"""A map of label to number per row: what converters of scikit-learn give probabilities as."""
PLACE: Final = re.compile(r"^.*Status Message: |/\S+\.(cc|h|cu):\d+ .*?\) (?=\S)|\[ONNXRuntimeError\] : \d+ : \w+ : ")
"""What ONNX Runtime says before the reason, its own source files among it."""
OUR_FAULT: Final = re.compile(r"allocate memory|CUDA|CUDNN|CUBLAS|TensorRT", re.IGNORECASE)
"""Reasons that no other input would mend."""
_state = ort.capi.onnxruntime_pybind11_state
FAILURES: Final = (_state.InvalidArgument, _state.Fail, _state.RuntimeException, _state.EPFail, ValueError)
_log = logging.getLogger(__name__)


class OnnxModel:
    """An ONNX session."""

    methods: Final = frozenset({"POST"})
    platform: Final = "onnxruntime_onnx"

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self._run_options = ort.RunOptions()
        self._run_options.log_severity_level = 4  # what is wrong with a request is told to its caller
        self._names = [output.name for output in session.get_outputs()]
        defaults = [_input_spec(each, optional=True) for each in session.get_overridable_initializers()]
        self.inputs = (*(_input_spec(each) for each in session.get_inputs()), *defaults)
        self.outputs = tuple(spec for each in session.get_outputs() if (spec := _output_spec(each)))
        """Those that are tensors, or become one."""
        self._inputs = Inputs(self.inputs)
        self.schema: Final = Schema(
            input=input_schema(self.inputs, self._inputs.keys),
            output=output_schema([_tensor_spec(each) or each.name for each in session.get_outputs()]),
        )

    @classmethod
    def load(cls, path: Path, settings: ModelSettings) -> Self:
        """Open the graph at *path*. Raises `StartError`."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = settings.onnx_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3

        def opened(providers: Sequence[str]) -> ort.InferenceSession:
            return ort.InferenceSession(str(path), options, providers=list(providers), enable_fallback=0)

        try:
            session = open_with_first(settings.onnx_providers, opened)
        except Exception as error:
            msg = f"{path.name} is not a usable ONNX model: {_reason(error)}"
            raise StartError(msg) from error
        unusable = [f"{each.name} ({each.type})" for each in session.get_inputs() if _tensor_spec(each) is None]
        if unusable:
            msg = f"{path.name} takes inputs that no request can carry: {', '.join(unusable)}; write an entry script"
            raise StartError(msg)
        return cls(session)

    def score(self, request: ScoreRequest) -> Answer:
        """Answer with every output by its name, or with the one asked for. Raises `BadInputError`."""
        media, output = wanted_media(request), wanted_output(request, self._names)
        results = self._run(self._inputs.read(request), self._names if output is None else [output])
        return json_result(results) if media is None else binary_result(_tensors(results), media)

    def infer(self, feeds: Mapping[str, Array], wanted: Sequence[str]) -> dict[str, Array]:
        """Give the outputs *wanted*, all without a name, of *feeds*. Raises `BadInputError`."""
        self._inputs.check(feeds)
        return _tensors(self._run(feeds, wanted or [spec.name for spec in self.outputs]))

    def _run(self, feeds: Mapping[str, Array], wanted: Sequence[str]) -> dict[str, Any]:
        try:
            results = self._session.run(wanted, feeds, self._run_options)
        except FAILURES as error:
            reason = _reason(error)
            if OUR_FAULT.search(reason):
                _log.exception("the model failed")
                raise ModelFailedError from error
            msg = f"The model refuses this input: {reason}"
            raise BadInputError(msg) from error
        return dict(zip(wanted, results, strict=True))


def _input_spec(argument: ort.NodeArg, *, optional: bool = False) -> TensorSpec:
    spec = _tensor_spec(argument)
    assert spec is not None  # noqa: S101  for the type checker: others were refused
    return TensorSpec(spec.name, spec.dtype, spec.shape, optional or spec.optional)


def _output_spec(argument: ort.NodeArg) -> TensorSpec | None:
    maps = MAPS.fullmatch(argument.type)
    if maps is not None:
        return TensorSpec(argument.name, TYPES[maps["type"]], (None, None))
    return _tensor_spec(argument)


def _tensor_spec(argument: ort.NodeArg) -> TensorSpec | None:
    found = TENSOR.fullmatch(argument.type)
    if found is None or found["type"] not in TYPES:
        return None
    return TensorSpec(argument.name, TYPES[found["type"]], _shape(argument.shape), found["optional"] is not None)


def _shape(sizes: Sequence[int | str | None]) -> Shape | None:
    """Read ONNX Runtime's shape, in which a text is any size, and nothing is either a scalar or any shape."""
    return tuple(size if isinstance(size, int) else None for size in sizes) or None


def _tensors(results: Mapping[str, Any]) -> dict[str, Array]:
    """Make arrays of maps as well, of shape (rows, labels)."""
    return {
        name: result if isinstance(result, np.ndarray) else _table(result, name) for name, result in results.items()
    }


def _table(rows: Any, name: str) -> Array:  # noqa: ANN401  ONNX Runtime gives whatever the graph computes
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        msg = f"Output {name!r} is no tensor; ask for the others, or for JSON at /score."
        raise BadInputError(msg)
    return np.asarray([list(row.values()) for row in rows], "float32").reshape(len(rows), -1)


def _reason(error: Exception) -> str:
    return PLACE.sub("", " ".join(str(error).split()))
