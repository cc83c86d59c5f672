"""What goes into a model and comes out of it: names, element types, shapes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from modelport_scoring.errors import BadInputError

TEXT: Final = "object"
"""numpy's name of the element type of texts."""
PROTOCOL_TYPES: Final[Mapping[str, str]] = {
    "bool": "BOOL",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
    TEXT: "BYTES",
}
"""numpy's names of the element types that models without a script take, and the Open Inference Protocol's."""
DTYPES: Final = {name: np.dtype(name) for name in PROTOCOL_TYPES}
NUMBERS: Final = "iuf"
KINDS: Final = {"O": "U", "b": "b"}
"""Kinds of numpy's types that become texts and booleans; all others become numbers from `NUMBERS`."""
HELD: Final = {"O": "texts", "b": "true and false"}
LARGEST_EXACT: Final = 2**53
"""Up to here every whole number is a float64 of its own."""

Array = np.ndarray[Any, Any]
Shape = tuple[int | None, ...]
"""Sizes per dimension; None is any size."""


@dataclass(frozen=True)
class TensorSpec:
    """One input or output."""

    name: str
    dtype: str
    """A key of `PROTOCOL_TYPES`."""
    shape: Shape | None
    """None: any number of dimensions."""
    optional: bool = False

    def said(self) -> str:
        """Describe it for an error."""
        kind = {TEXT: "texts", "bool": "booleans"}.get(self.dtype, self.dtype)
        return kind if self.shape is None else f"{kind} of shape {shape_text(self.shape)}"


def shape_text(shape: Sequence[int | None]) -> str:
    """Write *shape* as callers read it: ``(any, 3)``."""
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"


def check_shape(spec: TensorSpec, found: Sequence[int]) -> None:
    """Raise `BadInputError` when *found* is not a shape that *spec* allows."""
    if spec.shape is None:
        return
    if len(found) == len(spec.shape):
        for size, wanted in zip(found, spec.shape, strict=True):
            if wanted is not None and size != wanted:
                break
        else:
            return
    msg = f"Input {spec.name!r} has shape {shape_text(found)}; expected {shape_text(spec.shape)}."
    raise BadInputError(msg)


def shaped(spec: TensorSpec, array: Array, shape: Sequence[int]) -> Array:
    """Give *array* in *shape*. Raises `BadInputError` when its elements are more or fewer."""
    try:
        return array.reshape(shape)
    except (ValueError, OverflowError) as error:  # the latter for sizes beyond all memory
        msg = f"Input {spec.name!r} has {array.size} elements, which are not of shape {shape_text(shape)}."
        raise BadInputError(msg) from error


def converted(spec: TensorSpec, array: Array) -> Array:
    """
    Give *array* in the element type of *spec*.

    Raises `BadInputError` when it holds another kind of values, or numbers that the type cannot express.
    """
    wanted = DTYPES[spec.dtype]
    if array.dtype == wanted:
        return array
    if array.size and array.dtype.kind not in KINDS.get(wanted.kind, NUMBERS):
        msg = f"Input {spec.name!r} must hold {HELD.get(wanted.kind, 'numbers')} only; expected {spec.said()}."
        raise BadInputError(msg)
    with np.errstate(over="ignore", invalid="ignore"):
        result = array.astype(wanted)
        exact = _is_finite(array, result) if wanted.kind == "f" else _is_same(array, result)
    if not exact:
        msg = f"Input {spec.name!r} holds numbers that {spec.dtype} cannot express."
        raise BadInputError(msg)
    return result


def _is_finite(array: Array, result: Array) -> bool:
    """Whether every number that was finite still is; a finite sum says so at once."""
    if math.isfinite(np.add.reduce(result, axis=None)):
        return True
    return np.array_equal(np.isfinite(result), np.isfinite(array))


def _is_same(array: Array, result: Array) -> bool:
    """Whether every whole number stayed the same."""
    if result.dtype.kind not in NUMBERS or array.dtype.kind not in NUMBERS:
        return True
    if array.dtype.kind == "f" and array.size and not np.abs(array).max() <= LARGEST_EXACT:
        return False  # such floats stand for more than one whole number
    return np.array_equal(result, array)
