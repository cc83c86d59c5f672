"""The request of a script with ``@rawhttp``. Scripts import this as ``azureml.contrib.services.aml_request``."""

import json
from collections.abc import Callable
from functools import cached_property
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from modelport_scoring.raw.form import parse_form
from modelport_scoring.raw.values import Headers, Values
from modelport_scoring.scorer import ScoreRequest
from modelport_scoring.wire import SCORE_PATH

Run = TypeVar("Run", bound=Callable[..., Any])
_marks: set[str] = set()


def rawhttp(function: Run) -> Run:
    """Let ``run()`` have the request itself. Any use in a script counts, as on Azure ML's server."""
    _marks.add(function.__module__)
    return function


def is_raw() -> bool:
    """Say whether the script that was imported has used `rawhttp`."""
    return bool(_marks)


def forget() -> None:
    """Begin anew, before another script is imported."""
    _marks.clear()


class AMLRequest:
    """One request to ``/score``, with the names that Flask's has."""

    path = SCORE_PATH
    scheme = "http"

    def __init__(self, request: ScoreRequest) -> None:
        self.method = request.method
        self.headers = Headers(request.headers)
        self.query_string = request.query.encode("latin-1")
        self.data = request.body

    @property
    def host(self) -> str:
        """As the caller named it."""
        return str(self.headers.get("host", ""))

    @property
    def full_path(self) -> str:
        """Path and query; it ends in ``?`` when there is no query."""
        return f"{self.path}?{self.query_string.decode('latin-1')}"

    @property
    def base_url(self) -> str:
        """Scheme, host and path."""
        return f"{self.scheme}://{self.host}{self.path}"

    @property
    def url(self) -> str:
        """The whole URL."""
        return self.base_url + (f"?{self.query_string.decode('latin-1')}" if self.query_string else "")

    @property
    def content_type(self) -> str | None:
        """With its parameters."""
        found: str | None = self.headers.get("content-type")
        return found

    @property
    def mimetype(self) -> str:
        """Without parameters, in lowercase."""
        return (self.content_type or "").partition(";")[0].strip().lower()

    @property
    def content_length(self) -> int | None:
        """In bytes."""
        found: int | None = self.headers.get("content-length", type=int)
        return found

    @property
    def is_json(self) -> bool:
        """The body says that it is JSON."""
        return is_json(self.mimetype)

    @cached_property
    def args(self) -> Values:
        """What the query says."""
        return Values(parse_qsl(self.query_string.decode("latin-1"), keep_blank_values=True))

    @cached_property
    def cookies(self) -> dict[str, str]:
        """By name."""
        return {name: each.value for name, each in SimpleCookie(self.headers.get("cookie", "")).items()}

    @cached_property
    def _form(self) -> tuple[Values, Values]:
        return parse_form(self.content_type or "", self.data)

    @property
    def form(self) -> Values:
        """Texts of a form."""
        return self._form[0]

    @property
    def files(self) -> Values:
        """Files of a form."""
        return self._form[1]

    @cached_property
    def stream(self) -> BytesIO:
        """The body, to read from."""
        return BytesIO(self.data)

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002  as scripts call it
        """Give the body: bytes, or (*as_text*) UTF-8 text. It is in memory whatever is asked."""
        del cache, parse_form_data
        return self.data.decode("utf-8", "replace") if as_text else self.data

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:  # noqa: ANN401, FBT001, FBT002  the same
        """
        Give the body as JSON.

        None when it does not say that it is JSON (unless *force*) or is not (where *silent*); else `ValueError`.
        """
        del cache
        if not (force or self.is_json):
            if silent:
                return None
            msg = f"the content type is {self.content_type}, not application/json; get_json(force=True) reads it anyway"
            raise ValueError(msg)
        try:
            return json.loads(self.data)
        except ValueError:
            if silent:
                return None
            raise

    @property
    def json(self) -> Any:  # noqa: ANN401  the same
        """The body as JSON."""
        return self.get_json()


def is_json(mimetype: str) -> bool:
    """Say whether *mimetype* (in lowercase, without parameters) is JSON's."""
    return mimetype == "application/json" or (mimetype.startswith("application/") and mimetype.endswith("+json"))
