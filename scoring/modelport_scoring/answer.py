"""What goes back to a caller."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from modelport_scoring.errors import ResultNotSerializableError, ScoringError

Header = tuple[str, str]
JSON: Header = ("content-type", "application/json")
MESSAGE: Final = "message"
"""Where Azure ML's server puts the text of an error."""
HTML: Header = ("content-type", "text/html; charset=utf-8")


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lowercase) and body of a response."""

    status: HTTPStatus
    headers: tuple[Header, ...]
    body: bytes

    def with_headers(self, more: Iterable[Header]) -> "Answer":
        """Give the same answer with *more* headers."""
        return Answer(self.status, (*self.headers, *more), self.body)


def json_answer(result: object, *more: Header) -> Answer:
    """
    Express *result* as JSON, numpy's values and arrays and dates included.

    Raises `ResultNotSerializableError`.
    """
    try:
        text = json.dumps(result, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise ResultNotSerializableError from error
    return Answer(HTTPStatus.OK, (JSON, *more), text.encode())


def error_answer(error: ScoringError, key: str = MESSAGE) -> Answer:
    """Word *error* as Azure ML's server does; other protocols have another *key* for the text."""
    failed = ("x-ms-run-function-failed", str(error.run_function_failed))
    return Answer(error.status, (JSON, failed, *error.headers), json.dumps({key: str(error)}).encode())


def id_headers(headers: Mapping[str, str], new_id: str) -> list[Header]:
    """Give the ids that go back, *new_id* where the caller sent no Request ID."""
    request_id = headers.get("x-request-id") or new_id
    client_id = headers.get("x-ms-client-request-id") or headers.get("x-ms-request-id")
    ids = [("x-request-id", request_id), ("x-ms-request-id", client_id or request_id)]
    return [*ids, ("x-ms-client-request-id", client_id)] if client_id else ids


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    to_list = getattr(value, "tolist", None)  # numpy arrays and scalars, pandas series
    if callable(to_list):
        return to_list()
    msg = f"{type(value).__name__} is not JSON"
    raise TypeError(msg)
