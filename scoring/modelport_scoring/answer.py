"""What goes back to a caller."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from modelport_scoring.errors import ResultNotSerializableError, ScoringError

JSON: Final = b"content-type: application/json\r\n"
HTML: Final = b"content-type: text/html; charset=utf-8\r\n"
SUCCEEDED: Final = b"x-ms-run-function-failed: False\r\n"
FAILED: Final = b"x-ms-run-function-failed: True\r\n"
MESSAGE: Final = "message"
"""Where Azure ML's server puts the text of an error."""


@dataclass(slots=True)
class Answer:
    """Status, header lines (each ended by CR LF, without those of the connection) and body of a response."""

    status: int
    fields: bytes
    body: bytes
    closes: bool = False
    """The connection cannot be used again, such as when a body is not read to its end."""


def field(name: str, value: str) -> bytes:
    """Give a header line; *value* is text without line breaks."""
    return f"{name}: {value}\r\n".encode("latin-1", "replace")


def pairs(fields: bytes) -> list[tuple[bytes, bytes]]:
    """Take header lines apart."""
    return [(name, value) for name, _, value in (line.partition(b": ") for line in fields.split(b"\r\n")[:-1])]


def to_json(result: object) -> bytes:
    """
    Express *result* as JSON, numpy's values and arrays and dates included.

    Raises `ResultNotSerializableError`.
    """
    try:
        return _encode(result).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ResultNotSerializableError from error


def json_answer(result: object, fields: bytes = b"") -> Answer:
    """Answer with *result* as JSON. Raises `ResultNotSerializableError`."""
    return Answer(HTTPStatus.OK, JSON + fields, to_json(result))


def error_answer(error: ScoringError, key: str = MESSAGE) -> Answer:
    """Word *error* as Azure ML's server does; other protocols have another *key* for the text."""
    fields = [JSON, FAILED if error.run_function_failed else SUCCEEDED]
    fields += [field(name, value) for name, value in error.headers]
    body = json.dumps({key: str(error)}).encode()
    return Answer(error.status, b"".join(fields), body, closes=error.closes)


def allow(methods: Iterable[str]) -> bytes:
    """List the *methods* of a route in a header line."""
    return field("allow", ", ".join(sorted(methods)))


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    to_list = getattr(value, "tolist", None)  # numpy arrays and scalars, pandas series
    if callable(to_list):
        return to_list()
    msg = f"{type(value).__name__} is not JSON"
    raise TypeError(msg)


_encode: Final = json.JSONEncoder(default=_plain).encode
