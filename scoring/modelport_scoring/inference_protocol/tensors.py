"""The protocol's tensors: in JSON, and as bytes."""

import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from modelport_scoring.errors import BadInputError
from modelport_scoring.model.nested import to_array
from modelport_scoring.model.tensor import PROTOCOL_TYPES, TEXT, Array, TensorSpec, shape_text, shaped

BINARY_EXTENSION: Final = "binary_tensor_data"
BINARY_SIZE: Final = "binary_data_size"
NUMPY_TYPES: Final[Mapping[str, str]] = {name: dtype for dtype, name in PROTOCOL_TYPES.items()}
MOST_DIMENSIONS: Final = 32
LENGTH: Final = struct.Struct("<I")
"""Before each text of a BYTES tensor."""


def metadata_of(spec: TensorSpec) -> dict[str, Any]:
    """Describe *spec*; -1 is any size."""
    shape = [-1] if spec.shape is None else [-1 if size is None else size for size in spec.shape]
    described = {"name": spec.name, "datatype": PROTOCOL_TYPES[spec.dtype], "shape": shape}
    return {**described, "optional": True} if spec.optional else described


def spec_of(tensor: Mapping[str, Any]) -> tuple[TensorSpec, tuple[int, ...]]:
    """Read name, type and shape of an input. Raises `BadInputError`."""
    name, datatype, shape = tensor.get("name"), tensor.get("datatype"), tensor.get("shape")
    if not isinstance(name, str):
        msg = "An input has no name."
        raise BadInputError(msg)
    if not isinstance(datatype, str) or datatype not in NUMPY_TYPES:
        msg = f"Input {name!r} has the datatype {datatype!r}; {', '.join(NUMPY_TYPES)} are known."
        raise BadInputError(msg)
    if not isinstance(shape, list) or not _is_shape(shape):
        msg = f"Input {name!r} has no shape; send a list of at most {MOST_DIMENSIONS} sizes, such as [2, 3]."
        raise BadInputError(msg)
    return TensorSpec(name, NUMPY_TYPES[datatype], None), tuple(shape)


def from_json(spec: TensorSpec, shape: tuple[int, ...], data: object) -> Array:
    """Read *data*, nested or flat, as an array of *shape*. Raises `BadInputError`."""
    array = to_array(spec, data)
    if array.ndim != 1 and array.shape != shape:
        msg = f"Input {spec.name!r} is declared as {shape_text(shape)}, its data have shape {shape_text(array.shape)}."
        raise BadInputError(msg)
    return shaped(spec, array, shape)


def from_bytes(spec: TensorSpec, shape: tuple[int, ...], body: memoryview) -> Array:
    """Read little-endian elements, or texts with their lengths. Raises `BadInputError`."""
    if spec.dtype == TEXT:
        return shaped(spec, _texts(spec, body), shape)
    dtype = np.dtype(spec.dtype).newbyteorder("<")
    wanted = math.prod(shape) * dtype.itemsize
    if len(body) != wanted:
        msg = f"Input {spec.name!r} has {len(body)} bytes; {spec.dtype} of shape {shape_text(shape)} takes {wanted}."
        raise BadInputError(msg)
    return shaped(spec, np.frombuffer(body, dtype), shape).astype(spec.dtype, copy=False)


def to_bytes(array: Array) -> bytes:
    """Write an array as `from_bytes` reads it."""
    if array.dtype.kind != "O":
        return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
    texts = [_encoded(each) for each in array.flat]
    return b"".join(part for text in texts for part in (LENGTH.pack(len(text)), text))


def _is_shape(sizes: Sequence[object]) -> bool:
    return len(sizes) <= MOST_DIMENSIONS and all(type(size) is int and size >= 0 for size in sizes)


def _texts(spec: TensorSpec, body: memoryview) -> Array:
    texts, place = [], 0
    try:
        while place < len(body):
            (length,) = LENGTH.unpack_from(body, place)
            place += LENGTH.size + length
            texts.append(bytes(body[place - length : place]).decode())
    except (struct.error, UnicodeDecodeError) as error:
        msg = f"Input {spec.name!r} holds text that cannot be read: {error}"
        raise BadInputError(msg) from error
    if place != len(body):
        msg = f"Input {spec.name!r} ends inside a text: each is its length in 4 bytes, little-endian, then UTF-8."
        raise BadInputError(msg)
    return np.asarray(texts, dtype=object)


def _encoded(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
