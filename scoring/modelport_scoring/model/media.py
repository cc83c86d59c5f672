"""Bodies that are bytes of one array: raw little-endian elements, and numpy's ``.npy``."""

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from modelport_scoring.errors import BadInputError
from modelport_scoring.model.tensor import (
    DTYPES,
    PROTOCOL_TYPES,
    TEXT,
    Array,
    TensorSpec,
    check_shape,
    converted,
    shape_text,
    shaped,
)

JSON: Final = "application/json"
RAW: Final = "application/octet-stream"
NPY: Final = "application/x-npy"
BINARY: Final = frozenset({RAW, NPY})


@dataclass(frozen=True)
class MediaType:
    """A content type: ``application/octet-stream; shape=2x3``."""

    name: str
    parameters: Mapping[str, str]


@lru_cache(maxsize=64)  # callers repeat themselves
def media_type(text: str) -> MediaType:
    """Take a content type apart; names in lowercase."""
    name, *parts = text.split(";")
    pairs = (part.partition("=") for part in parts)
    return MediaType(name.strip().lower(), {key.strip().lower(): value.strip(' "') for key, _, value in pairs})


@lru_cache(maxsize=64)
def accepted_media(accept: str) -> str | None:
    """Give the binary content type that the header *accept* names first, or None for JSON."""
    return next((name for each in accept.split(",") if (name := media_type(each).name) in BINARY), None)


def raw_to_array(spec: TensorSpec, body: bytes, parameters: Mapping[str, str]) -> Array:
    """
    Read little-endian elements in row-major order.

    The parameter ``shape`` (``2x3``) is needed where more than one size is open. Raises `BadInputError`.
    """
    if spec.dtype == TEXT:
        msg = f"Input {spec.name!r} takes texts, which have no raw form here; send JSON."
        raise BadInputError(msg)
    dtype = DTYPES[spec.dtype].newbyteorder("<")
    declared = parameters.get("dtype", spec.dtype)
    if declared != spec.dtype:
        msg = f"Input {spec.name!r} is {spec.said()}; the body is declared as {declared[:32]!r}."
        raise BadInputError(msg)
    if len(body) % dtype.itemsize:
        msg = f"The body has {len(body)} bytes: {spec.dtype} takes {dtype.itemsize} bytes an element."
        raise BadInputError(msg)
    shape = _shape(spec, len(body) // dtype.itemsize, parameters.get("shape"))
    check_shape(spec, shape)
    return shaped(spec, np.frombuffer(body, dtype), shape).astype(spec.dtype, copy=False)


def npy_to_array(spec: TensorSpec, body: bytes) -> Array:
    """Read a ``.npy`` file without pickles. Raises `BadInputError`."""
    stream = io.BytesIO(body)
    try:
        version = np.lib.format.read_magic(stream)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = header(stream)
    except (ValueError, OverflowError, RecursionError, MemoryError) as error:
        msg = f"The body is not a .npy file: {' '.join(str(error).split())[:200]}"
        raise BadInputError(msg) from error
    if dtype.hasobject or dtype.kind not in "biufU":
        msg = f"The .npy file holds {dtype.name}; expected {spec.said()}."
        raise BadInputError(msg)
    content = body[stream.tell() :]  # counted before anything of the declared size is made
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(content):
        msg = f"The .npy file declares shape {shape_text(shape)} of {dtype.name} but holds {len(content)} bytes."
        raise BadInputError(msg)
    array = np.frombuffer(content, dtype) if content else np.empty(0, dtype)
    ordered = shaped(spec, array, shape[::-1]).T if is_fortran else shaped(spec, array, shape)
    check_shape(spec, ordered.shape)
    return shaped(spec, np.ascontiguousarray(converted(spec, ordered)), shape)  # that makes a scalar one row


def raw_of(array: Array) -> tuple[str, bytes]:
    """Give content type and bytes of a raw answer. Raises `BadInputError` for texts."""
    if array.dtype.name not in PROTOCOL_TYPES or array.dtype.kind == "O":
        msg = f"An output of {array.dtype.name} has no raw form; ask for JSON."
        raise BadInputError(msg)
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    shape = "x".join(str(size) for size in array.shape)
    return f"{RAW}; dtype={array.dtype.name}; shape={shape}", little.tobytes()


def npy_of(array: Array) -> tuple[str, bytes]:
    """Give content type and bytes of a ``.npy`` answer."""
    stream = io.BytesIO()
    plain = array.astype(str) if array.dtype.kind == "O" else array
    np.lib.format.write_array(stream, plain, allow_pickle=False)
    return NPY, stream.getvalue()


def _shape(spec: TensorSpec, count: int, declared: str | None) -> tuple[int, ...]:
    """Work out the shape of *count* elements."""
    if declared is not None:
        try:
            sizes = tuple(int(size) for size in declared.split("x")) if declared else ()
        except ValueError as error:
            msg = f"shape={declared[:64]!r} is no shape; write the sizes as 2x3."
            raise BadInputError(msg) from error
        if min(sizes, default=0) < 0 or math.prod(sizes) != count:
            msg = f"The body has {count} elements, which are not of shape {shape_text(sizes)}."
            raise BadInputError(msg)
        return sizes
    if spec.shape is None or sum(size is None for size in spec.shape) > 1:
        msg = f"Input {spec.name!r} is {spec.said()}: declare the sizes, as in 'Content-Type: {RAW}; shape=2x3'."
        raise BadInputError(msg)
    known = math.prod(size for size in spec.shape if size is not None)
    if not known or count % known or (None not in spec.shape and count != known):
        msg = f"The body has {count} elements; expected {spec.said()}."
        raise BadInputError(msg)
    return tuple(count // known if size is None else size for size in spec.shape)
