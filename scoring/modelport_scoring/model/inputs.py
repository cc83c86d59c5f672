"""Turns requests into the arrays that a graph takes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from modelport_scoring.errors import BadInputError
from modelport_scoring.model.body import FORM, json_object
from modelport_scoring.model.media import BINARY, NPY, media_type, npy_to_array, raw_to_array
from modelport_scoring.model.nested import rows_to_columns, to_array
from modelport_scoring.model.tensor import DTYPES, Array, TensorSpec, check_shape
from modelport_scoring.scorer import ScoreRequest

DATA: Final = "data"
"""The key of rows. A model with one input takes it under this name as well."""
FORM_OF_SEVERAL: Final = "a JSON object with one array per input"


class Inputs:
    """The inputs of one model; *specs* in the model's order."""

    def __init__(self, specs: Sequence[TensorSpec]) -> None:
        needed = [spec for spec in specs if not spec.optional]
        self._specs = {spec.name: spec for spec in specs}
        self._needed = [spec.name for spec in needed]
        alone = [needed[0]] if len(needed) == 1 else [] if needed else list(specs[:1])
        self._alone = alone[0] if alone else None  # what a body of one array is
        self._form = FORM if alone else FORM_OF_SEVERAL
        self._listed = ", ".join(f"{spec.name!r} ({spec.said()})" for spec in specs) or "none"
        self.keys: Final = [DATA if spec is self._alone else spec.name for spec in specs]
        """What each is called in JSON, for the schema."""

    def read(self, request: ScoreRequest) -> dict[str, Array]:
        """Give an array per input. Raises `BadInputError`."""
        content_type = request.headers.get("content-type")
        media = None if content_type is None else media_type(content_type)
        if media is None or media.name not in BINARY:
            return self._from_json(json_object(request.body, self._form))
        if self._alone is None:
            msg = f"{media.name} carries one array; the model takes {self._listed}. Send {self._form}."
            raise BadInputError(msg)
        if media.name == NPY:
            return {self._alone.name: npy_to_array(self._alone, request.body)}
        return {self._alone.name: raw_to_array(self._alone, request.body, media.parameters)}

    def check(self, feeds: Mapping[str, Array]) -> None:
        """Raise `BadInputError` unless *feeds* are arrays of the model's own types and shapes."""
        self._check_names(feeds)
        for name, array in feeds.items():
            spec = self._specs[name]
            if array.dtype != DTYPES[spec.dtype]:
                msg = f"Input {name!r} is of type {array.dtype.name}; expected {spec.said()}."
                raise BadInputError(msg)
            check_shape(spec, array.shape)

    def _from_json(self, document: Mapping[str, Any]) -> dict[str, Array]:
        if DATA in document and DATA not in self._specs:
            document = self._from_data(document)
        self._check_names(document)
        return {name: to_array(self._specs[name], values) for name, values in document.items()}

    def _from_data(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Read ``data``: rows of the one input, or an object per row with a value per input."""
        others = dict(document)
        rows = others.pop(DATA)
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            return {**rows_to_columns(list(self._specs.values()), rows), **others}
        return document if self._alone is None else {self._alone.name: rows, **others}

    def _check_names(self, given: Mapping[str, object]) -> None:
        missing = [name for name in self._needed if name not in given]
        if missing:
            named = ", ".join(map(repr, missing))
            msg = f"The body has no input {named}; the model takes {self._listed}. Send {self._form}."
            raise BadInputError(msg)
        if not given.keys() <= self._specs.keys():
            unknown = [name for name in given if name not in self._specs]
            msg = f"The model has no input {', '.join(map(repr, unknown))}. It takes {self._listed}."
            raise BadInputError(msg)
