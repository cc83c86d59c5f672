"""The ASGI application: everything that is not scoring. Health, the document, and what is answered to the rest."""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs

from modelport_scoring.answer import HTML, Answer, allow, error_answer, pairs
from modelport_scoring.auth import Keys
from modelport_scoring.described import Described
from modelport_scoring.envelope import Envelope
from modelport_scoring.errors import (
    HeaderTooLongError,
    MethodNotAllowedError,
    NotAuthorizedError,
    NotFoundError,
    ScoringError,
)
from modelport_scoring.route import FindRoute, Route, no_route
from modelport_scoring.scorer import Fields, ScoreRequest
from modelport_scoring.wire import HEALTH_PATH, SCORE_PATH, SWAGGER_PATH

READING: Final = frozenset({"GET", "HEAD"})

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class App:
    """Describes a service; `modelport_scoring.scoring.Scoring` scores."""

    def __init__(
        self,
        methods: frozenset[str],
        described: Described,
        envelope: Envelope,
        keys: Keys | None = None,
        find_route: FindRoute = no_route,
    ) -> None:
        self._described = described
        self._envelope = envelope
        self._keys = keys
        self._find_route = find_route
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
        added = self._find_route(scope["path"]) if scope["path"] not in self._methods else None
        if added is not None:
            return self._answer_added(added, scope, request)
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

    def _answer_added(self, added: Route, scope: Scope, request: dict[bytes, bytes]) -> Answer:
        """Answer on a route of the model that does not call it; those that do come here with a wrong method only."""
        if scope["method"] == "OPTIONS":
            return self._options(added.methods, request)
        try:
            if scope["method"] not in added.methods:
                raise MethodNotAllowedError
            authorization = request.get(b"authorization", b"").decode("latin-1")
            if self._keys is not None and not added.is_open and not self._keys.allows(authorization):
                raise NotAuthorizedError
            query = scope["query_string"].decode("latin-1")
            return added.handle(ScoreRequest(scope["method"], query, Fields(request), b""))
        except ScoringError as error:
            return error_answer(error, added.error_key)

    def _options(self, methods: frozenset[str], request: dict[bytes, bytes]) -> Answer:
        cors = self._envelope.cors
        preflight = None if cors is None else cors.preflight(request, sorted(methods))
        return preflight or Answer(HTTPStatus.OK, HTML + allow(methods | {"OPTIONS"}), b"")
