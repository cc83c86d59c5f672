"""The rows that a scikit-learn estimator takes: lists, objects by column, texts, or one array."""

import importlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from modelport_scoring.errors import BadInputError
from modelport_scoring.model.body import FORM, json_object
from modelport_scoring.model.describe import LONGEST_EXAMPLE
from modelport_scoring.model.media import BINARY, NPY, MediaType, media_type, npy_to_array, raw_to_array
from modelport_scoring.model.tensor import PROTOCOL_TYPES, TEXT, Array, TensorSpec, shape_text
from modelport_scoring.scorer import ScoreRequest

DATA: Final = "data"
KEYS: Final = frozenset({DATA, "method"})


class Rows:
    """How one estimator takes its rows: *n_features_in_* and *feature_names_in_* say what it was fitted with."""

    def __init__(self, estimator: Any) -> None:  # noqa: ANN401  an estimator has no base type, only methods
        self._features: int | None = getattr(estimator, "n_features_in_", None)
        names = getattr(estimator, "feature_names_in_", None)
        self._names: list[str] | None = None if names is None else [str(name) for name in names]
        shape = None if self._features is None else (None, self._features)
        self.specs = (TensorSpec(DATA, "float64", shape),)

    def read(self, request: ScoreRequest) -> tuple[Any, object]:
        """Give the rows and the method that is asked for, None for the usual. Raises `BadInputError`."""
        media = media_type(request.headers.get("content-type", ""))
        if media.name in BINARY:
            return self._table(self._from_bytes(media, request.body)), None
        document = json_object(request.body)
        unknown = document.keys() - KEYS
        if unknown:
            msg = f"The body has the key {min(unknown)!r}, which means nothing here. Send {FORM}."
            raise BadInputError(msg)
        return self._from_json(document.get(DATA)), document.get("method")

    def of_tensors(self, feeds: Mapping[str, Array]) -> Any:  # noqa: ANN401  an array, or a frame
        """Give the rows in *feeds*: one tensor of any numbers or texts, or one per column. Raises `BadInputError`."""
        if self._names is not None and set(feeds) == set(self._names):
            return self._frame({name: _flat(name, feeds[name]) for name in self._names})
        if len(feeds) != 1:
            columns = "" if self._names is None else f", or one input per column ({', '.join(self._names)})"
            msg = f"The model takes one input, {DATA!r}{columns}; {len(feeds)} came."
            raise BadInputError(msg)
        [(name, array)] = feeds.items()
        if array.dtype == TEXT and array.ndim == 1:
            return array.tolist()  # texts, for a vectorizer
        if self._features is not None and array.shape[1:] != (self._features,):
            msg = f"Input {name!r} has shape {shape_text(array.shape)}; expected {shape_text((None, self._features))}."
            raise BadInputError(msg)
        return self._table(array)

    def schema(self) -> dict[str, Any]:
        """Describe the body."""
        size = {} if self._features is None else {"minItems": self._features, "maxItems": self._features}
        row: dict[str, Any] = {"type": "array", "items": {}, **size}
        if self._features is None:
            row = {}  # a list, or a text for a vectorizer
        shown = self._features if self._features is not None and self._features <= LONGEST_EXAMPLE else 1
        return {
            "type": "object",
            "properties": {DATA: {"type": "array", "items": row, "minItems": 1, "format": "numpy.ndarray"}},
            "required": [DATA],
            "example": {DATA: [[0] * shown]},
        }

    def _from_bytes(self, media: MediaType, body: bytes) -> Array:
        declared = media.parameters.get("dtype", "float64")
        if declared not in PROTOCOL_TYPES or declared == TEXT:
            msg = f"dtype={declared[:32]!r} is not a number's type; {', '.join(sorted(PROTOCOL_TYPES))} are known."
            raise BadInputError(msg)
        spec = TensorSpec(DATA, declared, self.specs[0].shape)
        return npy_to_array(spec, body) if media.name == NPY else raw_to_array(spec, body, media.parameters)

    def _from_json(self, rows: object) -> Any:  # noqa: ANN401  an array, a frame, or texts
        if not isinstance(rows, list) or not rows:
            msg = f"The body has no rows. Send {FORM}."
            raise BadInputError(msg)
        if self._names is not None and all(isinstance(row, dict) for row in rows):
            return self._frame({name: [self._cell(row, name) for row in rows] for name in self._names})
        lengths = {len(row) if isinstance(row, list) else -1 for row in rows}
        if self._features is None and all(isinstance(row, str) for row in rows):
            return rows  # texts, for a vectorizer
        if len(lengths) > 1 or -1 in lengths:
            msg = f"Rows must be lists of one length. Send {FORM}."
            raise BadInputError(msg)
        if self._features is not None and lengths != {self._features}:
            msg = f"Each row has {lengths.pop()} values; the model takes {self._features}."
            raise BadInputError(msg)
        return self._table(rows)

    def _cell(self, row: Mapping[str, object], name: str) -> object:
        if row.keys() != set(self._names or ()):
            found, wanted = (", ".join(map(repr, names)) for names in (sorted(row), self._names or ()))
            msg = f"A row has {found}; the model takes {wanted}."
            raise BadInputError(msg)
        return row[name]

    def _table(self, rows: Any) -> Any:  # noqa: ANN401  lists or an array in; an array or a frame out
        if self._names is not None:
            return self._frame(rows)
        try:
            array = np.asarray(rows)
        except ValueError as error:
            msg = f"The rows are ragged: all values of a column must be of one form. Send {FORM}."
            raise BadInputError(msg) from error
        mixed = array.dtype.kind == "U" and not all(isinstance(value, str) for row in rows for value in row)
        return np.asarray(rows, dtype=object) if mixed else array  # else numpy writes the numbers as texts

    def _frame(self, content: Any) -> Any:  # noqa: ANN401  pandas ships no types
        pandas = importlib.import_module("pandas")  # only estimators that were fitted on a frame need it
        return pandas.DataFrame(content, columns=self._names)


def _flat(name: str, array: Array) -> Array:
    """Give a column's values, of shape (rows,) or (rows, 1)."""
    if array.ndim == 2 and array.shape[1] == 1:  # noqa: PLR2004  rows, 1
        return array[:, 0]
    if array.ndim != 1:
        msg = f"Input {name!r} has shape {shape_text(array.shape)}; a column has (any) or (any, 1)."
        raise BadInputError(msg)
    return array
