"""Nested lists, as JSON carries them, to arrays."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from modelport_scoring.errors import BadInputError
from modelport_scoring.model.tensor import TEXT, Array, TensorSpec, check_shape, converted, shape_text

DEEPEST: Final = 32
"""Nesting beyond this is no tensor that a model takes, and more than numpy is asked to look at."""


def to_array(spec: TensorSpec, values: object) -> Array:
    """
    Make the array that *spec* wants of *values*, a number, a text, or nested lists of them.

    Raises `BadInputError` naming the input, what came and what is expected.
    """
    rank = _depth(values)
    if rank > DEEPEST:
        msg = f"Input {spec.name!r} is nested more than {DEEPEST} deep; expected {spec.said()}."
        raise BadInputError(msg)
    try:
        found = np.asarray(values, dtype=TEXT if spec.dtype == TEXT else None)
    except (ValueError, OverflowError) as error:
        raise _ragged(spec) from error
    if spec.dtype == TEXT:
        _check_texts(spec, found)
    array = converted(spec, found)
    check_shape(spec, array.shape)
    return array


def rows_to_columns(specs: Sequence[TensorSpec], rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """
    Turn rows, one object per row, into one value per input; a row's value is a scalar where the input is a column.

    Raises `BadInputError` for rows of other keys than the inputs' names.
    """
    names = {spec.name for spec in specs}
    needed = {spec.name for spec in specs if not spec.optional}
    keys = set(rows[0])
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or set(row) != keys:
            msg = f"Row {number} of 'data' does not have the same keys as row 0; all rows must be objects of one form."
            raise BadInputError(msg)
    if keys - names or needed - keys:
        msg = f"The rows of 'data' have {_quoted(keys)}; the model takes {_quoted(names)}."
        raise BadInputError(msg)
    return {spec.name: _column(spec, [row[spec.name] for row in rows]) for spec in specs if spec.name in keys}


def _column(spec: TensorSpec, values: list[object]) -> list[object]:
    is_column = spec.shape is not None and len(spec.shape) == 2 and spec.shape[1] in (1, None)  # noqa: PLR2004  rows, 1
    return [each if isinstance(each, list) else [each] for each in values] if is_column else values


def _depth(values: object) -> int:
    """How deep the first elements are nested."""
    depth = 0
    while isinstance(values, list) and depth <= DEEPEST:
        depth += 1
        values = values[0] if values else None
    return depth


def _check_texts(spec: TensorSpec, found: Array) -> None:
    if any(isinstance(each, list) for each in found.flat):
        raise _ragged(spec)  # of rows of different lengths numpy makes an array of lists
    if not all(isinstance(each, str) for each in found.flat):
        msg = f"Input {spec.name!r} must hold texts only; expected {spec.said()}."
        raise BadInputError(msg)


def _ragged(spec: TensorSpec) -> BadInputError:
    expected = "" if spec.shape is None else f"; expected {shape_text(spec.shape)}"
    return BadInputError(f"Input {spec.name!r} is ragged: all rows must have the same length{expected}.")


def _quoted(names: set[str]) -> str:
    return ", ".join(repr(name) for name in sorted(names)) or "no keys"
