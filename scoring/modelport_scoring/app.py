"""The scoring application (ASGI), made from a loaded model: routes, keys, ids, answers."""

import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, quote

from modelport_scoring.answer import HTML, MESSAGE, Answer, Header, error_answer, id_headers, json_answer
from modelport_scoring.auth import Keys
from modelport_scoring.errors import (
    BodyTooLargeError,
    HeaderTooLongError,
    MethodNotAllowedError,
    NotAuthorizedError,
    NotFoundError,
    ResultNotSerializableError,
    ScoringError,
    SwaggerVersionError,
)
from modelport_scoring.route import FindRoute, Route, no_route
from modelport_scoring.schema import VERSIONS, swagger
from modelport_scoring.scorer import Scorer, ScoreRequest, call
from modelport_scoring.wire import HEALTH_PATH, SCORE_PATH, SWAGGER_PATH

LONGEST_ID: Final = 100
LARGEST_BODY_MB: Final = 100
"""What Azure ML lets through to a container."""
FAILED: Final = "x-ms-run-function-failed"
_log = logging.getLogger("modelport_scoring.access")
_errors = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Respond = Callable[[ScoreRequest], Awaitable[Answer]]


class CallerLeftError(Exception):
    """The caller closed the connection before the request was whole."""


class App:
    """
    One model behind three routes, and those that *find_route* adds.

    *keys* None: everybody may score.
    """

    def __init__(
        self,
        scorer: Scorer,
        keys: Keys | None,
        *,
        service_name: str,
        service_version: str,
        find_route: FindRoute = no_route,
    ) -> None:
        self._scorer = scorer
        self._keys = keys
        self._swagger = json_answer(swagger(scorer.schema, name=service_name, version=service_version))
        self._find_route = find_route
        self._routes: dict[str, tuple[frozenset[str], Respond]] = {
            HEALTH_PATH: (frozenset({"GET", "HEAD"}), self._health),
            SCORE_PATH: (scorer.methods, self._score),
            SWAGGER_PATH: (frozenset({"GET", "HEAD"}), self._describe),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.perf_counter()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            answer = await self._answer(scope, headers, receive)
        except CallerLeftError:
            return
        await _send(send, answer)
        if scope["path"] != HEALTH_PATH:
            elapsed_ms = (time.perf_counter() - began) * 1000
            path = quote(scope["path"])  # a decoded line break would forge a line of the log
            _log.info("%s %s %d %.3fms %d", scope["method"], path, answer.status, elapsed_ms, len(answer.body))

    async def _answer(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> Answer:
        ids = id_headers(headers, str(uuid.uuid4()))
        too_long = _too_long(headers)
        if too_long is not None:
            error, kept = too_long
            return error_answer(error).with_headers(ids[:kept])
        added = None if scope["path"] in self._routes else self._find_route(scope["path"])
        key = MESSAGE if added is None else added.error_key
        try:
            answer = await self._routed(scope, headers, receive, added)
        except ResultNotSerializableError as error:
            _errors.exception("the result cannot be expressed as JSON")
            answer = error_answer(error, key)
        except ScoringError as error:
            answer = error_answer(error, key)
        except CallerLeftError:
            raise
        except Exception:  # noqa: BLE001  whatever it is, the caller gets an answer and the log the traceback
            _errors.exception("%s %s failed", scope["method"], quote(scope["path"]))
            answer = error_answer(ResultNotSerializableError(), key)
        return answer.with_headers(ids)

    async def _routed(self, scope: Scope, headers: Mapping[str, str], receive: Receive, added: Route | None) -> Answer:
        path, method = scope["path"], scope["method"]
        if added is None and path not in self._routes:
            raise NotFoundError
        methods, respond = self._routes[path] if added is None else (added.methods, self._respond_of(added))
        if method == "OPTIONS":
            allowed = ", ".join(sorted(methods | {"OPTIONS"}))
            return Answer(HTTPStatus.OK, (HTML, ("allow", allowed)), b"")
        if method not in methods:
            raise MethodNotAllowedError
        needs_key = path == SCORE_PATH if added is None else not added.is_open
        if needs_key and self._keys is not None and not self._keys.allows(headers.get("authorization")):
            raise NotAuthorizedError  # before the body is read: strangers may not fill the memory
        query = scope["query_string"].decode("latin-1")
        return await respond(ScoreRequest(method, query, headers, await _body(receive)))

    async def _health(self, _request: ScoreRequest) -> Answer:
        return Answer(HTTPStatus.OK, (HTML,), b"Healthy")

    async def _describe(self, request: ScoreRequest) -> Answer:
        version = parse_qs(request.query).get("version", [""])[-1]
        if version not in VERSIONS:
            raise SwaggerVersionError(version)
        return self._swagger.with_headers([(FAILED, "False")])

    async def _score(self, request: ScoreRequest) -> Answer:
        return await _timed(self._scorer.score, request)

    def _respond_of(self, added: Route) -> Respond:
        async def respond(request: ScoreRequest) -> Answer:
            return await _timed(added.handle, request) if added.calls_model else added.handle(request)

        return respond


async def _timed(score: Callable[[ScoreRequest], object], request: ScoreRequest) -> Answer:
    """Call a model, and say how long that took."""
    began = time.perf_counter()
    result = await call(score, request)
    took: Header = ("x-ms-run-fn-exec-ms", f"{(time.perf_counter() - began) * 1000:.3f}")
    answer = result if isinstance(result, Answer) else json_answer(result)
    return answer.with_headers([(FAILED, "False"), took])


def _too_long(headers: Mapping[str, str]) -> tuple[HeaderTooLongError, int] | None:
    """Give the error for an id that is too long, and how many of the ids still go back."""
    if len(headers.get("x-request-id", "")) > LONGEST_ID:
        return HeaderTooLongError(f"x-request-id must not exceed {LONGEST_ID} characters"), 0
    client_ids = ("x-ms-request-id", "x-ms-client-request-id")
    if any(len(headers.get(name, "")) > LONGEST_ID for name in client_ids):
        return HeaderTooLongError(f"{' and '.join(client_ids)} must not exceed {LONGEST_ID} characters"), 1
    return None


async def _body(receive: Receive) -> bytes:
    """Collect the body. Raises `CallerLeftError` and `BodyTooLargeError`."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerLeftError
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY_MB * 1024 * 1024:
            raise BodyTooLargeError(LARGEST_BODY_MB)
        if not message.get("more_body", False):
            return bytes(body)


async def _send(send: Send, answer: Answer) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    length = (b"content-length", str(len(answer.body)).encode())
    await send({"type": "http.response.start", "status": answer.status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": answer.body})
