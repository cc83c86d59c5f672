"""Opens the models of a folder that need no script."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from modelport_scoring.answer import Answer
from modelport_scoring.errors import UnknownModelError
from modelport_scoring.model.catalog import ModelFolder, list_models
from modelport_scoring.model.digests import Digests
from modelport_scoring.model.files import find_model, loader_of
from modelport_scoring.model.interface import Model
from modelport_scoring.model.pool import Pool, Prepare
from modelport_scoring.model.settings import ModelSettings
from modelport_scoring.scorer import Schema, Scorer, ScoreRequest
from modelport_scoring.wire import SCORE_PATH

POST: Final = frozenset({"POST"})


class NewestVersion:
    """Stands at ``/score`` where one model has several versions."""

    methods: Final = POST

    def __init__(self, pool: Pool, name: str) -> None:
        self._pool = pool
        self._name = name
        self.schema: Final = pool.load(name).schema

    def score(self, request: ScoreRequest) -> Answer:
        """Ask the newest version."""
        return self._pool.get(self._name).score(request)


class SeveralModels:
    """Stands at ``/score`` where the path must say which model is meant."""

    methods: Final = POST

    def __init__(self, pool: Pool) -> None:
        self._paths = ", ".join(f"{SCORE_PATH}/{name}" for name in pool.names)
        self.schema: Final = Schema(
            input={"type": "object", "description": f"POST to {self._paths}; each has its own document below."},
            output={"type": "object"},
        )

    def score(self, _request: ScoreRequest) -> Answer:
        """Tell the paths."""
        msg = f"This service has several models: POST to {self._paths}."
        raise UnknownModelError(msg)


def open_models(folder: Path, settings: ModelSettings) -> tuple[Scorer, Pool]:
    """
    Find the models in *folder*; give what answers at ``/score``, and the pool of them all.

    A model that is alone is loaded now: raises `StartError` when it cannot be. Several are loaded when asked for.
    """
    folders = list_models(folder)
    pool = Pool(folders, _preparation(folder, settings), memory_mb=settings.memory_mb)
    name = folders[0].name
    if len(folders) == 1:
        return pool.load(name), pool
    return (SeveralModels(pool) if len(pool.names) > 1 else NewestVersion(pool, name)), pool


def _preparation(root: Path, settings: ModelSettings) -> Prepare:
    """Make what stands before loading: files are held against their digests, where those are given."""
    digests = None if settings.digests_file is None else Digests.read(root, settings.digests_file)

    def prepare(found: ModelFolder) -> Callable[[], Model]:
        if digests is not None:
            digests.check(found.folder)
        return loader_of(find_model(found.folder), settings)

    return prepare
