"""JSON schemas of inputs and outputs, from what a model says of its tensors."""

from collections.abc import Sequence
from typing import Any, Final

from modelport_scoring.model.tensor import TEXT, TensorSpec

LONGEST_EXAMPLE: Final = 1024
"""Larger dimensions are shortened to 1 in the example of a schema, which then shows the form only."""
FORMATS: Final = {"float16": "float", "float32": "float", "float64": "double", "int64": "int64", "uint64": "uint64"}


def input_schema(specs: Sequence[TensorSpec], keys: Sequence[str]) -> dict[str, Any]:
    """Describe an object of one tensor per key; *keys* belong to *specs* one by one."""
    properties = {key: tensor_schema(spec) for key, spec in zip(keys, specs, strict=True)}
    required = [key for key, spec in zip(keys, specs, strict=True) if not spec.optional]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "example": {key: _example(spec) for key, spec in zip(keys, specs, strict=True) if not spec.optional},
    }


def output_schema(specs: Sequence[TensorSpec | str]) -> dict[str, Any]:
    """Describe an object of one tensor per output; of a mere name nothing but the name is known."""
    described = {each if isinstance(each, str) else each.name: _output(each) for each in specs}
    return {"type": "object", "properties": described}


def tensor_schema(spec: TensorSpec) -> dict[str, Any]:
    """Describe *spec* as nested arrays, in the words of Azure ML's server."""
    schema: dict[str, Any] = element_schema(spec.dtype)
    if spec.shape is None:
        return {"description": f"{spec.dtype} of any shape"}
    for size in reversed(spec.shape):
        bounds = {} if size is None else {"minItems": size, "maxItems": size}
        schema = {"type": "array", "items": schema, **bounds}
    return {**schema, "format": "numpy.ndarray"} if spec.shape else schema


def element_schema(dtype: str) -> dict[str, Any]:
    """Describe one element."""
    if dtype == TEXT:
        return {"type": "string"}
    if dtype == "bool":
        return {"type": "boolean"}
    kind = "number" if dtype.startswith("float") else "integer"
    return {"type": kind, "format": FORMATS.get(dtype, "int32")}


def _output(each: TensorSpec | str) -> dict[str, Any]:
    return {} if isinstance(each, str) else tensor_schema(each)


def _example(spec: TensorSpec) -> object:
    example: object = {TEXT: "", "bool": False}.get(spec.dtype, 0)
    for size in reversed(spec.shape or ()):
        example = [example] * (size if size is not None and 0 < size <= LONGEST_EXAMPLE else 1)
    return example
