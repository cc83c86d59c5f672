"""Serves a scikit-learn estimator as it is: rows in, one result per row out."""

import importlib.util
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import joblib
import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from modelport_scoring import compatibility
from modelport_scoring.answer import Answer
from modelport_scoring.errors import BadInputError, ResultNotSerializableError, StartError
from modelport_scoring.model.describe import output_schema
from modelport_scoring.model.estimator import METHODS, output_specs
from modelport_scoring.model.result import binary_result, json_result, wanted_media
from modelport_scoring.model.rows import Rows
from modelport_scoring.model.tensor import PROTOCOL_TYPES, Array, TensorSpec
from modelport_scoring.scorer import Schema, ScoreRequest

REFUSALS: Final = (ValueError, TypeError, AttributeError, LookupError, OverflowError)
"""What estimators raise for rows that they cannot take; few of them check everything themselves."""
_log = logging.getLogger(__name__)


class SklearnModel:
    """A fitted estimator."""

    methods: Final = frozenset({"POST"})
    platform: Final = "sklearn"

    def __init__(self, estimator: Any) -> None:  # noqa: ANN401  an estimator has no base type, only methods
        self._estimator = estimator
        self._rows = Rows(estimator)
        self.inputs = self._rows.specs
        self.outputs = output_specs(estimator)
        self._offered = [spec.name for spec in self.outputs]
        self.schema: Final = self._described()

    @classmethod
    def load(cls, path: Path) -> Self:
        """Unpickle the estimator at *path*: this runs code of the file. Raises `StartError`."""
        compatibility.install()
        try:
            estimator = joblib.load(path)
        except Exception as error:
            msg = f"{path.name} cannot be unpickled: {type(error).__name__}: {' '.join(str(error).split())}"
            raise StartError(msg) from error
        if not any(callable(getattr(estimator, name, None)) for name in METHODS):
            msg = f"{path.name} holds no scikit-learn estimator: it has none of {', '.join(METHODS)}"
            raise StartError(msg)
        _check_fitted(estimator, path)
        if hasattr(estimator, "feature_names_in_") and importlib.util.find_spec("pandas") is None:
            msg = f"{path.name} was fitted on a table with column names: its environment needs pandas"
            raise StartError(msg)
        return cls(estimator)

    def score(self, request: ScoreRequest) -> Answer:
        """Answer with one result per row. Raises `BadInputError` for rows that the estimator does not take."""
        media = wanted_media(request)
        rows, asked = self._rows.read(request)
        method = self._checked(asked)
        result = self._call(method, rows)
        return json_result(result) if media is None else binary_result({method: _array(result)}, media)

    def infer(self, feeds: Mapping[str, Array], wanted: Sequence[str]) -> dict[str, Array]:
        """Give what the methods *wanted* make of *feeds*, the first one's without any. Raises `BadInputError`."""
        rows = self._rows.of_tensors(feeds)
        results = {name: self._call(self._checked(name), rows) for name in wanted or self._offered[:1]}
        return {
            spec.name: _as_declared(_array(results[spec.name]), spec) for spec in self.outputs if spec.name in results
        }

    def _checked(self, method: object) -> str:
        if method is None:
            return self._offered[0]
        if not isinstance(method, str) or method not in self._offered:
            msg = f"The model has no method {method!r}. It offers {', '.join(self._offered)}."
            raise BadInputError(msg)
        return method

    def _call(self, method: str, rows: Any) -> Any:  # noqa: ANN401  an array, a frame, texts in; whatever it gives out
        try:
            return getattr(self._estimator, method)(rows)
        except REFUSALS as error:
            _log.info("%s() refused an input", method, exc_info=True)
            msg = f"The model refuses this input: {' '.join(str(error).split())}"
            raise BadInputError(msg) from error

    def _described(self) -> Schema:
        method = {"type": "string", "enum": self._offered, "default": self._offered[0]}
        described = self._rows.schema()
        described["properties"]["method"] = method
        return Schema(input=described, output=output_schema(self.outputs)["properties"][self._offered[0]])


def _check_fitted(estimator: object, path: Path) -> None:
    try:
        check_is_fitted(estimator)
    except NotFittedError as error:
        msg = f"{path.name} holds {type(estimator).__name__}, which has not been fitted; save it after fit()"
        raise StartError(msg) from error
    except TypeError:
        return  # predicts, but is not scikit-learn's own kind


def _as_declared(array: Array, spec: TensorSpec) -> Array:
    """Give the type that the metadata states, where that changes no kind: some clusters have numbers of 32 bits."""
    return array.astype(spec.dtype, copy=False) if np.can_cast(array.dtype, spec.dtype, "same_kind") else array


def _array(result: Any) -> Array:  # noqa: ANN401  arrays, frames, sparse matrices, lists
    """Give *result* as an array of an element type that has a name in the protocol."""
    dense = result.toarray() if hasattr(result, "toarray") else result
    array = np.asarray(dense)
    if array.dtype.kind == "U":
        array = array.astype(object)
    if array.dtype.name not in PROTOCOL_TYPES:
        raise ResultNotSerializableError
    return array
