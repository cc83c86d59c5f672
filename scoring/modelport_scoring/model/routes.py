"""``/score/<model>`` and its document, for services of models without a script."""

from typing import Final
from urllib.parse import parse_qs

from modelport_scoring.answer import Answer
from modelport_scoring.described import Described
from modelport_scoring.model.pool import Pool
from modelport_scoring.route import Route
from modelport_scoring.scorer import ScoreRequest
from modelport_scoring.wire import SCORE_PATH, SWAGGER_PATH

PREFIX: Final = f"{SCORE_PATH}/"


class ModelRoutes:
    """Finds a model's own routes."""

    def __init__(self, pool: Pool, service_version: str) -> None:
        self._pool = pool
        self._version = service_version

    def find(self, path: str) -> Route | None:
        """Give the route of *path*, or None."""
        if not path.startswith(PREFIX):
            return None
        name, slash, rest = path.removeprefix(PREFIX).partition("/")
        if name and not slash:
            return Route(frozenset({"POST"}), lambda request: self._pool.get(name).score(request))
        if name and f"/{rest}" == SWAGGER_PATH:
            return Route(frozenset({"GET", "HEAD"}), lambda request: self._describe(name, request), is_open=True)
        return None

    def _describe(self, name: str, request: ScoreRequest) -> Answer:
        own = {SCORE_PATH: PREFIX + name, SWAGGER_PATH: PREFIX + name + SWAGGER_PATH}
        schema = self._pool.get(name).schema
        described = Described(schema, None, name=name, version=self._version, prefix="", renamed=own)
        return described.answer(parse_qs(request.query).get("version", [""])[0])
