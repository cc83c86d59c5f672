"""The paths of the protocol."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from modelport_scoring.answer import SUCCEEDED, Answer, json_answer
from modelport_scoring.inference_protocol.infer import infer
from modelport_scoring.inference_protocol.tensors import BINARY_EXTENSION, metadata_of
from modelport_scoring.model.pool import Pool
from modelport_scoring.route import Handle, Route
from modelport_scoring.scorer import ScoreRequest

PREFIX: Final = "/v2"
MODEL: Final = re.compile(r"/v2/models/(?P<name>[^/]+)(/versions/(?P<version>[^/]+))?(/(?P<action>ready|infer))?")
GET: Final = frozenset({"GET", "HEAD"})
POST: Final = frozenset({"POST"})


class ProtocolRoutes:
    """Finds the protocol's routes over the models of *pool*."""

    def __init__(self, pool: Pool, *, name: str, version: str) -> None:
        self._pool = pool
        server = {"name": name, "version": version, "extensions": [BINARY_EXTENSION]}
        self._fixed = {
            PREFIX: _route(GET, _always(server), calls_model=False),
            f"{PREFIX}/health/live": _route(GET, _always({"live": True}), calls_model=False, is_open=True),
            f"{PREFIX}/health/ready": _route(GET, _always({"ready": True}), calls_model=False, is_open=True),
        }

    def find(self, path: str) -> Route | None:
        """Give the route of *path*, or None."""
        if not path.startswith(PREFIX):
            return None
        found = MODEL.fullmatch(path)
        if found is None:
            return self._fixed.get(path)
        name, version, action = found["name"], found["version"], found["action"]
        if action == "infer":
            return _route(POST, lambda request: self._infer(name, version, request))
        if action == "ready":
            return _route(GET, lambda _: self._ready(name, version), calls_model=False)
        return _route(GET, lambda _: self._describe(name, version))

    def _infer(self, name: str, version: str | None, request: ScoreRequest) -> Answer:
        return infer(self._pool.get(name, version), self._pool.find(name, version), request)

    def _ready(self, name: str, version: str | None) -> Answer:
        """Say whether a request would be tried. A model that is not loaded yet is ready: the request loads it."""
        is_ready = self._pool.can_serve(name, version)
        answer = json_answer({"name": name, "ready": is_ready}, SUCCEEDED)
        return answer if is_ready else Answer(HTTPStatus.BAD_REQUEST, answer.fields, answer.body)

    def _describe(self, name: str, version: str | None) -> Answer:
        model = self._pool.get(name, version)
        described: Mapping[str, Any] = {
            "name": name,
            "versions": self._pool.versions(name)[::-1],
            "platform": model.platform,
            "inputs": [metadata_of(spec) for spec in model.inputs],
            "outputs": [metadata_of(spec) for spec in model.outputs],
        }
        return json_answer(described, SUCCEEDED)


def _always(content: Mapping[str, Any]) -> Handle:
    answer = json_answer(content, SUCCEEDED)
    return lambda _request: answer


def _route(methods: frozenset[str], handle: Handle, *, calls_model: bool = True, is_open: bool = False) -> Route:
    return Route(methods, handle, calls_model=calls_model, is_open=is_open, error_key="error")
