"""What models without a script answer: JSON, raw elements or ``.npy``, as the caller asked."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

import numpy as np
import orjson

from modelport_scoring.answer import JSON, SUCCEEDED, Answer, field
from modelport_scoring.errors import BadInputError, ResultNotSerializableError
from modelport_scoring.model.media import NPY, accepted_media, npy_of, raw_of
from modelport_scoring.model.tensor import Array
from modelport_scoring.scorer import ScoreRequest

OPTIONS: Final = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def wanted_media(request: ScoreRequest) -> str | None:
    """Give the binary content type that the caller accepts, or None for JSON."""
    accept = request.headers.get("accept")
    return None if accept is None else accepted_media(accept)


def wanted_output(request: ScoreRequest, names: list[str]) -> str | None:
    """Give the output that the query asks for (``?output=label``). Raises `BadInputError`."""
    if not request.query:
        return None
    asked = parse_qs(request.query).get("output", [None])[-1]
    if asked is not None and asked not in names:
        msg = f"The model has no output {asked!r}. It has {', '.join(map(repr, names))}."
        raise BadInputError(msg)
    return asked


def json_result(result: object) -> Answer:
    """Answer with *result* as JSON. Raises `ResultNotSerializableError`."""
    return Answer(HTTPStatus.OK, JSON + SUCCEEDED, json_bytes(result))


def json_bytes(result: object) -> bytes:
    """
    Express *result* as JSON; numbers that JSON has no form of (NaN, infinity) become null.

    Raises `ResultNotSerializableError`.
    """
    try:
        return orjson.dumps(result, _plain, OPTIONS)
    except TypeError as error:
        raise ResultNotSerializableError from error


def binary_result(results: Mapping[str, Array], media: str) -> Answer:
    """Express the only one of *results* as *media*. Raises `BadInputError` when there are more, or it has no form."""
    if len(results) > 1:
        listed = ", ".join(map(repr, results))
        msg = f"{media} carries one array; the model gives {listed}. Name one, as in ?output={next(iter(results))}."
        raise BadInputError(msg)
    [array] = results.values()
    content_type, body = npy_of(array) if media == NPY else raw_of(array)
    return Answer(HTTPStatus.OK, field("content-type", content_type) + SUCCEEDED, body)


def _plain(value: object) -> object:
    """Give what orjson does not know by itself: arrays of texts, or in another order in memory; numpy's scalars."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    to_list = getattr(value, "tolist", None)  # pandas' series
    if callable(to_list):
        return to_list()
    msg = f"{type(value).__name__} is not JSON"
    raise TypeError(msg)
