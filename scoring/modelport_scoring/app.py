"""The ASGI application: everything that is not scoring. Health, the document, and what is answered to the rest."""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs

from modelport_scoring.answer import HTML, Answer, allow, error_answer, pairs
from modelport_scoring.described import Described
from modelport_scoring.envelope import Envelope
from modelport_scoring.errors import (
    HeaderTooLongError,
    MethodNotAllowedError,
    NotFoundError,
    ScoringError,
)
from modelport_scoring.wire import HEALTH_PATH, SCORE_PATH, SWAGGER_PATH

READING: Final = frozenset({"GET", "HEAD"})

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class App:
    """Describes a service; `modelport_scoring.scoring.Scoring` scores."""

    def __init__(self, methods: frozenset[str], described: Described, envelope: Envelope) -> None:
        self._described = described
        self._envelope = envelope
        self._methods = {HEALTH_PATH: READING, SCORE_PATH: methods, SWAGGER_PATH: READING}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; none of them has a body that matters."""
        del receive
        request = dict(scope["headers"])
        try:
            fields = self._envelope.fields(request)
        except HeaderTooLongError as error:
            answer, fields = self._envelope.wrap(request, error), b""
        else:
            answer = self._answer(scope, request)
        headers = [*pairs(answer.fields + fields), (b"content-length", str(len(answer.body)).encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _answer(self, scope: Scope, request: dict[bytes, bytes]) -> Answer:
        try:
            path, method = scope["path"], scope["method"]
            if path not in self._methods:
                raise NotFoundError
            if method == "OPTIONS":
                return self._options(self._methods[path], request)
            if method not in self._methods[path]:
                raise MethodNotAllowedError
            if path == HEALTH_PATH:
                return Answer(HTTPStatus.OK, HTML, b"Healthy")
            version = parse_qs(scope["query_string"].decode("latin-1")).get("version", [""])[0]
            return self._described.answer(version)
        except ScoringError as error:
            return error_answer(error)

    def _options(self, methods: frozenset[str], request: dict[bytes, bytes]) -> Answer:
        cors = self._envelope.cors
        preflight = None if cors is None else cors.preflight(request, sorted(methods))
        return preflight or Answer(HTTPStatus.OK, HTML + allow(methods | {"OPTIONS"}), b"")
