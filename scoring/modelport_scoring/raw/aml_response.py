"""A whole answer of a script. Scripts import this as ``azureml.contrib.services.aml_response``."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from http.cookies import SimpleCookie
from typing import Any, Final

from modelport_scoring.answer import FAILED, SUCCEEDED, Answer, field
from modelport_scoring.errors import ResultNotSerializableError

CONTENT_TYPE: Final = "Content-Type"
OURS: Final = frozenset(
    {
        *("connection", "content-length", "transfer-encoding", "date", "traceid"),
        *("x-request-id", "x-ms-request-id", "x-ms-client-request-id", "x-ms-server-version"),
        *("x-ms-run-function-failed", "x-ms-run-fn-exec-ms"),
    }
)
"""Headers that the server writes, whatever a script says."""


class ResponseHeaders:
    """Header lines in their order; setting one replaces those of its name, whatever their case."""

    def __init__(self) -> None:
        self._lines: list[tuple[str, str]] = []

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __getitem__(self, name: str) -> str:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __setitem__(self, name: str, value: object) -> None:
        self._lines = [line for line in self._lines if line[0].lower() != name.lower()]
        self.add(name, value)

    def get(self, name: str, default: str | None = None) -> str | None:
        """Give the first value of *name*."""
        return next((value for key, value in self._lines if key.lower() == name.lower()), default)

    def add(self, name: str, value: object) -> None:
        """Append a line. Raises `ValueError` for a text with line breaks."""
        text = str(value)
        if {"\r", "\n"} & {*name, *text}:
            msg = f"header {name!r} must not hold line breaks"
            raise ValueError(msg)
        self._lines.append((name, text))

    def items(self) -> list[tuple[str, str]]:
        """Give names and values."""
        return list(self._lines)


class AMLResponse:
    """Status, headers and body of an answer, as a script wants them."""

    def __init__(
        self,
        message: Any,  # noqa: ANN401  whatever JSON takes, or bytes
        status_code: int,
        response_headers: Mapping[str, object] | None = None,
        json_str: bool = False,  # noqa: FBT001, FBT002  as scripts call it
        run_function_failed: bool = False,  # noqa: FBT001, FBT002  the same
    ) -> None:
        is_json = message is None or json_str
        self.status_code = status_code
        self.run_function_failed = run_function_failed
        self.headers = ResponseHeaders()
        self.headers.add(CONTENT_TYPE, "application/json" if is_json else "text/html; charset=utf-8")
        self._body = json.dumps({} if message is None else message) if is_json else message
        for name, value in (response_headers or {}).items():
            if name == CONTENT_TYPE:
                self.headers[CONTENT_TYPE] = value
                continue
            for part in str(value).split(","):
                self.headers.add(name, part.strip())

    @property
    def data(self) -> bytes:
        """The body."""
        return _bytes_of(self._body)

    def get_data(self) -> bytes:
        """Give the body."""
        return self.data

    def set_cookie(self, key: str, value: str = "", **attributes: Any) -> None:  # noqa: ANN401  texts, numbers, flags
        """Add a cookie; *attributes* are Flask's: max_age, path, domain, secure, httponly, samesite."""
        cookie: SimpleCookie = SimpleCookie()
        cookie[key] = value
        for name, given in ({"path": "/"} | attributes).items():
            if given is not None and given is not False:
                cookie[key][name.replace("_", "-")] = given
        self.headers.add("Set-Cookie", cookie[key].OutputString())


def whole_answer(result: object) -> Answer | None:
    """Make an answer of what ``run()`` gave, if it is one: ours, or a response of Flask's kind; None otherwise."""
    if isinstance(result, AMLResponse):
        failed = result.run_function_failed or _has_failed(result.status_code)
        return Answer(result.status_code, _fields(result.headers) + (FAILED if failed else SUCCEEDED), result.data)
    status, read = getattr(result, "status_code", None), getattr(result, "get_data", None)
    headers: Iterable[tuple[str, str]] | None = getattr(result, "headers", None)
    if not isinstance(status, int) or not callable(read) or headers is None:
        return None
    return Answer(status, _fields(headers) + (FAILED if _has_failed(status) else b""), _read(read))


def _read(read: Callable[[], object]) -> bytes:
    return _bytes_of(read())


def _has_failed(status: int) -> bool:
    return status >= 500  # noqa: PLR2004  the servers' own failures


def _fields(headers: Iterable[tuple[str, str]]) -> bytes:
    return b"".join(field(name.lower(), value) for name, value in headers if name.lower() not in OURS)


def _bytes_of(body: object) -> bytes:
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    if isinstance(body, Iterable):
        return b"".join(_bytes_of(part) for part in body)
    raise ResultNotSerializableError
