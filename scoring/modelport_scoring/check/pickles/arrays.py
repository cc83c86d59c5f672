"""
joblib writes an array's bytes into the pickle, right after the opcode that gives a `NumpyArrayWrapper` its state.

How many they are follows from that state. Source: joblib/numpy_pickle.py, `NumpyArrayWrapper.read_array`.
"""

import re
from math import prod
from typing import Final

from modelport_scoring.check.pickles.report import UndecidedError
from modelport_scoring.check.pickles.stream import Stream
from modelport_scoring.check.pickles.values import Dictionary, Dtype, Value

_CODE: Final = re.compile(r"([biufcmMSUVO])([0-9]{1,9})")
_LARGEST: Final = 1 << 62
_SIZE_AT: Final = 5
"""Place of the item's size in the state of a dtype; it counts for texts, bytes and records."""
_FLAGS_AT: Final = 7
_HAS_OBJECTS: Final = 1


class ArrayState:
    """The *state* of a wrapper. Every reader raises `UndecidedError` for what only loading could tell."""

    def __init__(self, state: Value) -> None:
        if not isinstance(state, Dictionary) or state.items is None:
            raise _unknown()
        self._items = state.items

    def holds_objects(self) -> bool:
        """Say whether a pickle follows instead of numbers."""
        return _item(self._items.get("dtype"))[1]

    def skip(self, stream: Stream) -> None:
        """Pass over the numbers."""
        shape = self._items.get("shape")
        if not isinstance(shape, tuple):
            raise _unknown()
        sides = [side for side in shape if type(side) is int and side >= 0]
        total = prod(sides) * _item(self._items.get("dtype"))[0]
        if len(sides) != len(shape) or total > _LARGEST:
            raise _unknown()
        if self._items.get("numpy_array_alignment_bytes") is not None:
            stream.skip(stream.byte())
        stream.skip(total)


def _item(dtype: Value) -> tuple[int, bool]:
    """Give the size of one item in bytes, and whether it holds references to objects."""
    first = dtype.arguments[0] if isinstance(dtype, Dtype) and dtype.arguments else None
    code = _CODE.fullmatch(first) if isinstance(first, str) else None
    if code is None or not isinstance(dtype, Dtype):
        raise _unknown()
    kind, size = code[1], int(code[2])
    if dtype.settings == 1:
        given, flags = _state(dtype.state)
        size = given if kind in "SUV" else size
        objects = bool(flags & _HAS_OBJECTS)
    elif dtype.settings == 0 and kind not in "UV":
        objects = kind == "O"
    else:
        raise _unknown()
    if size <= 0 or (kind != "V" and objects != (kind == "O")):
        raise _unknown()
    return size, objects


def _state(state: Value) -> tuple[int, int]:
    """Give item size and flags."""
    if not isinstance(state, tuple) or len(state) <= _FLAGS_AT:
        raise _unknown()
    size, flags = state[_SIZE_AT], state[_FLAGS_AT]
    if not isinstance(size, int) or not isinstance(flags, int):
        raise _unknown()
    return size, flags


def _unknown() -> UndecidedError:
    return UndecidedError("the size of an array in it cannot be told; save the model again with today's joblib")
