"""Serves a scikit-learn estimator as it is: rows in, one result per row out."""

import importlib
import importlib.util
from pathlib import Path
from typing import Any, Final, Self

import joblib
import numpy as np

from modelport_scoring import compatibility
from modelport_scoring.errors import BadInputError, StartError
from modelport_scoring.model.body import FORM, json_object
from modelport_scoring.scorer import Schema, ScoreRequest

METHODS: Final = ("predict", "predict_proba", "predict_log_proba", "decision_function", "transform")
"""What a request may ask for in ``method``; the first that the estimator has is the default."""


class SklearnModel:
    """A fitted estimator."""

    methods: Final = frozenset({"POST"})

    def __init__(self, estimator: Any) -> None:  # noqa: ANN401  an estimator has no base type, only methods
        self._estimator = estimator
        self._offered = [name for name in METHODS if callable(getattr(estimator, name, None))]
        self._features: int | None = getattr(estimator, "n_features_in_", None)
        self._names: list[str] | None = getattr(estimator, "feature_names_in_", np.asarray(None)).tolist()

    @classmethod
    def load(cls, path: Path) -> Self:
        """Unpickle the estimator at *path*: this runs code of the file. Raises `StartError`."""
        compatibility.install()
        try:
            model = cls(joblib.load(path))
        except Exception as error:
            msg = f"{path.name} cannot be unpickled: {type(error).__name__}: {' '.join(str(error).split())}"
            raise StartError(msg) from error
        if not model._offered:
            msg = f"{path.name} holds no scikit-learn estimator: it has none of {', '.join(METHODS)}"
            raise StartError(msg)
        if model._names is not None and importlib.util.find_spec("pandas") is None:
            msg = f"{path.name} was fitted on a table with column names: its environment needs pandas"
            raise StartError(msg)
        return model

    @property
    def schema(self) -> Schema:
        """Rows of as many numbers as the estimator was fitted with."""
        rows = {"type": "array", "items": {"type": "array", "items": {}}, "format": "numpy.ndarray"}
        method = {"type": "string", "enum": self._offered, "default": self._offered[0]}
        return Schema(
            input={
                "type": "object",
                "properties": {"data": rows, "method": method},
                "required": ["data"],
                "example": {"data": [[0] * (self._features or 1)]},
            },
            output={"type": "array", "items": {}},
        )

    def score(self, request: ScoreRequest) -> object:
        """Give one result per row. Raises `BadInputError` for rows that the estimator does not take."""
        document = json_object(request)
        method = document.get("method", self._offered[0])
        if method not in self._offered:
            msg = f"The model has no method {method!r}. It offers {', '.join(self._offered)}."
            raise BadInputError(msg)
        rows = self._rows(document.get("data"))
        try:
            return getattr(self._estimator, method)(rows)
        except (ValueError, TypeError) as error:
            msg = f"The model refuses this input: {' '.join(str(error).split())}"
            raise BadInputError(msg) from error

    def _rows(self, rows: object) -> Any:  # noqa: ANN401  an array, or a frame where pandas is there
        if not isinstance(rows, list) or not rows:
            msg = f"The body has no rows. Send {FORM}."
            raise BadInputError(msg)
        lengths = {len(row) if isinstance(row, list) else -1 for row in rows}
        if self._names is None and lengths == {-1} and all(isinstance(row, str) for row in rows):
            return rows  # texts, for a vectorizer
        if len(lengths) > 1 or -1 in lengths:
            msg = f"Rows must be lists of one length. Send {FORM}."
            raise BadInputError(msg)
        if self._features is not None and lengths != {self._features}:
            msg = f"Each row has {lengths.pop()} values; the model takes {self._features}."
            raise BadInputError(msg)
        return self._table(rows)

    def _table(self, rows: list[list[object]]) -> Any:  # noqa: ANN401  the same
        return np.asarray(rows) if self._names is None else _frame(rows, self._names)


def _frame(rows: list[list[object]], names: list[str]) -> Any:  # noqa: ANN401  pandas ships no types
    pandas = importlib.import_module("pandas")  # only estimators that were fitted on a frame need it
    return pandas.DataFrame(rows, columns=names)
