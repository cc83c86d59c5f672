"""Several models in one process: loaded when asked for, the least recently used one out when memory is short."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from modelport_scoring import wire
from modelport_scoring.errors import ModelUnavailableError, StartError, UnknownModelError
from modelport_scoring.model.catalog import ModelFolder
from modelport_scoring.model.interface import Model
from modelport_scoring.model.memory import give_back, resident_bytes

RETRY_S: Final = 30.0
"""A model that failed to load is not tried again before: reading a broken one for every request starves the rest."""
MB: Final = 1024 * 1024
_log = logging.getLogger(__name__)

Key = tuple[str, str]
Prepare = Callable[[ModelFolder], Callable[[], Model]]
"""Checks a folder and imports what loads it; both steps raise `StartError`."""


@dataclass(frozen=True)
class _Loaded:
    model: Model
    size: int


class Pool:
    """
    The models of a service. Used where models are called, one call at a time.

    *memory_mb* bounds what the loaded ones take together, as far as the process's memory grew while each was loaded,
    and no less than the size of its files. None: no bound.
    """

    def __init__(
        self,
        folders: Iterable[ModelFolder],
        prepare: Prepare,
        *,
        memory_mb: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        measure: Callable[[], int] = resident_bytes,
    ) -> None:
        self._versions: dict[str, dict[str, ModelFolder]] = {}
        for folder in folders:  # newest first
            self._versions.setdefault(folder.name, {})[folder.version] = folder
        self._prepare = prepare
        self._bound = None if memory_mb is None else memory_mb * MB
        self._clock = clock
        self._measure = measure
        self._loaded: OrderedDict[Key, _Loaded] = OrderedDict()
        self._failed: dict[Key, float] = {}

    @property
    def names(self) -> list[str]:
        """All models, loaded or not."""
        return list(self._versions)

    def versions(self, name: str) -> list[str]:
        """Give the versions of *name*, newest first. Raises `UnknownModelError`."""
        if name not in self._versions:
            msg = f"There is no model {name[:256]!r}. This service has {', '.join(map(repr, self.names))}."
            raise UnknownModelError(msg)
        return list(self._versions[name])

    def find(self, name: str, version: str | None = None) -> ModelFolder:
        """Give the folder of *version*, of the newest when None. Raises `UnknownModelError`."""
        versions = self.versions(name)
        if version is not None and version not in versions:
            msg = f"Model {name!r} has no version {version[:64]!r}. It has {', '.join(versions)}."
            raise UnknownModelError(msg)
        return self._versions[name][version or versions[0]]

    def can_serve(self, name: str, version: str | None = None) -> bool:
        """Whether a request would be tried: not while loading it has just failed. Raises `UnknownModelError`."""
        found = self.find(name, version)
        return self._failed.get((found.name, found.version), 0.0) <= self._clock()

    def load(self, name: str, version: str | None = None) -> Model:
        """Give the model, loaded. Raises `UnknownModelError` and `StartError`."""
        found = self.find(name, version)
        key = (found.name, found.version)
        if key not in self._loaded:
            self._make_room(found.size)
            self._load(key, found)
        self._loaded.move_to_end(key)
        return self._loaded[key].model

    def get(self, name: str, version: str | None = None) -> Model:
        """Give the model as `load` does, for a caller. Raises `UnknownModelError` and `ModelUnavailableError`."""
        found = self.find(name, version)
        key = (found.name, found.version)
        if key not in self._loaded and not self.can_serve(name, version):
            raise ModelUnavailableError(name)
        try:
            return self.load(name, version)
        except (Exception, SystemExit) as error:  # noqa: BLE001  unpickling runs code of the file: it may raise anything
            _log.exception("model %r, version %s, cannot be loaded", *key)
            self._failed[key] = self._clock() + RETRY_S
            error.__traceback__ = None  # it holds what was made until then
            give_back()
            raise ModelUnavailableError(name) from None

    def _load(self, key: Key, found: ModelFolder) -> None:
        began = self._clock()
        self._check_size(found, found.size)
        loader = self._prepare(found)
        before = self._measure()
        loaded = _Loaded(loader(), max(found.size, self._measure() - before))
        self._check_size(found, loaded.size)
        self._make_room(loaded.size)
        self._loaded[key] = loaded
        self._failed.pop(key, None)
        took = self._clock() - began
        _log.info("model %r, version %s, is loaded: %.1f MB in %.2f s", *key, loaded.size / MB, took)

    def _check_size(self, found: ModelFolder, size: int) -> None:
        if self._bound is not None and size > self._bound:
            msg = (
                f"model {found.name!r} takes {size / MB:.1f} MB, the bound is {self._bound // MB} MB; "
                f"raise {wire.MODEL_MEMORY}"
            )
            raise StartError(msg)

    def _make_room(self, size: int) -> None:
        if self._bound is None:
            return
        out = False
        while self._loaded and sum(each.size for each in self._loaded.values()) + size > self._bound:
            key, _ = self._loaded.popitem(last=False)
            _log.info("model %r, version %s, is unloaded: others need its memory", *key)
            out = True
        if out:
            give_back()
