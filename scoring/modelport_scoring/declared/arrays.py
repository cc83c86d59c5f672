"""Arrays of numpy."""

import base64
import re
from typing import Any, Final

import numpy as np

from modelport_scoring.declared.parameter_type import AbstractParameterType, Node

Array = np.ndarray[Any, Any]
_WIDE: Final = {"float16": "float", "float32": "float", "float64": "double"}
_UNITS: Final = {"D": "days", "h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds"}
_AMOUNT: Final = re.compile(r"\s*(-?\d+)\s*([A-Za-z]+?)s?\s*")


class NumpyParameterType(AbstractParameterType):
    """An array; by default of the sample's element type and, but for its first dimension, of its shape."""

    def __init__(self, sample_input: Any, enforce_column_type: bool = True, enforce_shape: bool = True) -> None:  # noqa: ANN401, FBT001, FBT002  the package's
        if not isinstance(sample_input, np.ndarray):
            msg = "Invalid sample input provided, must provide a sample Numpy array."
            raise TypeError(msg)
        super().__init__(sample_input)
        self.enforce_column_type = enforce_column_type
        self.enforce_shape = enforce_shape

    def deserialize_input(self, input_data: Any) -> Array:  # noqa: ANN401  what JSON gives
        """Make an array of nested lists. Raises `ValueError`."""
        if isinstance(input_data, np.ndarray):
            return input_data
        if not isinstance(input_data, list):
            msg = "Invalid input format: expected an array of items."
            raise ValueError(msg)  # noqa: TRY004  what the package raises
        dtype = self.sample_input.dtype
        if self.enforce_column_type:
            array = np.array([_prepared(each, dtype) for each in input_data], dtype=dtype)
        else:
            array = np.array(input_data)
        if self.enforce_shape:
            _check_shape(array, self.sample_input)
        return array

    def input_to_swagger(self) -> Node:
        """Describe the array, with at most three rows as an example."""
        sample = self.sample_input
        schema = dtype_schema(sample.dtype)
        for _ in range(max(1, sample.ndim)):
            schema = {"type": "array", "items": schema}
        example = [_example(each) for each in sample[: len(sample)]]
        return schema | {"example": example, "format": "numpy.ndarray"}

    def supported_versions(self) -> list[str]:
        """List all: an array has one type."""
        return ["2.0", "3.0", "3.1"]


def dtype_schema(dtype: Any) -> Node:  # noqa: ANN401  numpy's or pandas'
    """Describe an element of *dtype*. Raises `TypeError`."""
    fields = getattr(dtype, "fields", None)
    if fields:
        return {"type": "object", "properties": {name: dtype_schema(each[0]) for name, each in fields.items()}}
    kind, name = dtype.kind, dtype.name
    known: dict[str, Node] = {
        "i": {"type": "integer", "format": name},
        "u": {"type": "integer", "format": name},
        "f": {"type": "number", "format": _WIDE.get(name, "double")},
        "b": {"type": "boolean"},
        "S": {"type": "string", "format": "binary"},
        "U": {"type": "string"},
        "M": {"type": "string", "format": "date-time"},
        "m": {"type": "string", "format": "timedelta"},
        "O": {"type": "object"},
    }
    if kind not in known:
        msg = f"We currently do not support extracting schema from data of type {name}"
        raise TypeError(msg)
    return known[kind]


def _check_shape(array: Array, sample: Array) -> None:
    if array.ndim != sample.ndim:
        msg = (
            f"Invalid input array: an array with {sample.ndim} dimensions is expected; "
            f"input has {array.ndim} [shape {array.shape}]"
        )
        raise ValueError(msg)
    for number, (size, wanted) in enumerate(zip(array.shape[1:], sample.shape[1:], strict=True), start=1):
        if size != wanted:
            msg = f"Invalid input array: array has size {size} on dimension #{number}, while expected value is {wanted}"
            raise ValueError(msg)


def _prepared(value: Any, dtype: Any) -> Any:  # noqa: ANN401  what JSON gives, what numpy takes
    """Make a row of *dtype* of what JSON gave: tuples for structures, times for texts."""
    if dtype.names:
        named = value if isinstance(value, dict) else dict(zip(dtype.names, value, strict=False))
        return tuple(_prepared(named[name], dtype[name]) for name in dtype.names)
    if dtype.kind in "mM" and isinstance(value, list):
        return [_prepared(each, dtype) for each in value]
    if dtype.kind == "m" and isinstance(value, str):
        found = _AMOUNT.fullmatch(value)
        units = {name.removesuffix("s"): unit for unit, name in _UNITS.items()}
        if found is None or found[2].lower() not in units:
            msg = f"Invalid numpy.timedelta64 value specified: {value}"
            raise ValueError(msg)
        return np.timedelta64(int(found[1]), units[found[2].lower()])  # type: ignore[call-overload]  # one of the units
    if dtype.kind == "M":
        try:
            return np.datetime64(value)
        except ValueError as error:
            msg = f"Invalid numpy.timestamp64 value specified: {value}"
            raise ValueError(msg) from error
    return value


def _example(value: Any) -> Any:  # noqa: ANN401, PLR0911  one case for each kind
    if isinstance(value, np.ndarray):
        return [_example(each) for each in value]
    if isinstance(value, np.void):
        return {name: _example(value[name]) for name in value.dtype.names or ()}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, np.datetime64):
        return f"{value.astype('datetime64[us]').item():%Y-%m-%d %H:%M:%S,%f}"
    if isinstance(value, np.timedelta64):
        unit = np.datetime_data(value.dtype)[0]
        return f"{value.astype(int)} {_UNITS.get(unit, unit)}"
    if isinstance(value, np.bool_):
        return str(value)
    return value.item() if isinstance(value, np.number) else str(value)
