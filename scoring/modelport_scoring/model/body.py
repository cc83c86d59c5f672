"""Reads the JSON body that models without a script take."""

from typing import Any, Final

import orjson

from modelport_scoring.errors import BadInputError

FORM: Final = '{"data": [[...], [...]]}, one inner list per row'
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def json_object(body: bytes, form: str = FORM) -> dict[str, Any]:
    """Give *body* as a JSON object; *form* is what an error tells to send. Raises `BadInputError`."""
    try:
        document = orjson.loads(body.removeprefix(BYTE_ORDER_MARK))
    except orjson.JSONDecodeError as error:
        hint = " NaN and Infinity are not JSON." if b"NaN" in body or b"Infinity" in body else ""
        msg = f"The body could not be decoded as JSON: {error}.{hint} Send {form}."
        raise BadInputError(msg) from error
    if not isinstance(document, dict):
        msg = f"The body should be a JSON object, not {json_type(document)}. Send {form}."
        raise BadInputError(msg)
    return document


def json_type(value: object) -> str:
    """Name the JSON type of *value*."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
