"""Reads the JSON body that models without a script take."""

import json
from typing import Any

from modelport_scoring.errors import BadInputError
from modelport_scoring.scorer import ScoreRequest

FORM = '{"data": [[...], [...]]}, one inner list per row'


def json_object(request: ScoreRequest) -> dict[str, Any]:
    """Give the body as a JSON object. Raises `BadInputError`."""
    try:
        document = json.loads(request.text())
    except (ValueError, RecursionError) as error:
        msg = f"The body could not be decoded as JSON: {error}. Send {FORM}."
        raise BadInputError(msg) from error
    if not isinstance(document, dict):
        msg = f"The body should be a JSON object, not {_json_type(document)}. Send {FORM}."
        raise BadInputError(msg)
    return document


def _json_type(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
