"""Several models in one process."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from modelport_scoring.errors import ModelUnavailableError, StartError, UnknownModelError
from modelport_scoring.model.catalog import ModelFolder
from modelport_scoring.model.interface import Model
from modelport_scoring.model.pool import MB, RETRY_S, Pool


@dataclass
class Machine:
    """What loads models here: notes the order; a model takes as many MB as `sizes` says, or raises."""

    sizes: dict[str, float | BaseException] = field(default_factory=dict)
    loaded: list[str] = field(default_factory=list)
    memory: float = 100
    now: float = 1000.0

    def prepare(self, found: ModelFolder) -> Callable[[], Model]:
        """Make the loader of a model that is its own name."""

        def load() -> Model:
            self.loaded.append(found.name + found.version)
            size = self.sizes.get(found.name, 1)
            if isinstance(size, BaseException):
                raise size
            self.memory += size
            return cast("Model", found.name + found.version)

        return load


def got(pool: Pool, name: str, version: str | None = None) -> str:
    """Ask for a model, which is its own name here."""
    return cast("str", pool.get(name, version))


@pytest.fixture
def machine() -> Machine:
    """Make a machine."""
    return Machine()


@pytest.fixture
def make(machine: Machine, tmp_path: Path) -> Callable[..., Pool]:
    """Make pools of the models a, b, c, the last in two versions."""

    def pool(**options: Any) -> Pool:  # noqa: ANN401  those of Pool
        folders = [ModelFolder(*each, tmp_path) for each in (("a", "1"), ("b", "1"), ("c", "2"), ("c", "1"))]
        measure = lambda: int(machine.memory * MB)  # noqa: E731  two facts of the machine, side by side
        return Pool(folders, machine.prepare, clock=lambda: machine.now, measure=measure, **options)

    return pool


def test_a_model_is_loaded_once_when_asked_for(make: Callable[..., Pool], machine: Machine) -> None:
    """
    Nothing is loaded before it is asked for, and nothing twice.
    """
    pool = make()
    before = list(machine.loaded)
    pool.get("b")
    pool.get("b")

    assert ([], ["b1"]) == (before, machine.loaded)


def test_the_newest_version_is_meant(make: Callable[..., Pool]) -> None:
    """
    Without a version the newest answers; each may be asked for.
    """
    pool = make()

    assert ("c2", "c1") == (got(pool, "c"), got(pool, "c", "1"))
    assert ["2", "1"] == pool.versions("c")


def test_the_least_recently_used_goes_when_memory_is_short(make: Callable[..., Pool], machine: Machine) -> None:
    """
    A bound of 2 MB holds two models of 1 MB; the one that was not asked for longest makes room.
    """
    pool = make(memory_mb=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        pool.get(name)

    assert ["a1", "b1", "c2", "b1"] == machine.loaded


def test_a_large_model_takes_the_place_of_several(make: Callable[..., Pool], machine: Machine) -> None:
    """
    What a model really takes decides, not its files.
    """
    machine.sizes["c"] = 2.5
    pool = make(memory_mb=3)
    for name in ("a", "b", "c", "a"):
        pool.get(name)

    assert ["a1", "b1", "c2", "a1"] == machine.loaded


def test_a_model_beyond_the_bound_is_refused(
    make: Callable[..., Pool], machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    """
    The caller learns that it is not to be had, the log by how much; the others stay.
    """
    machine.sizes["b"] = 4
    pool = make(memory_mb=3)
    pool.get("a")

    with pytest.raises(ModelUnavailableError, match="Model 'b' cannot be loaded"):
        pool.get("b")
    assert "takes 4.0 MB, the bound is 3 MB; raise MODELPORT_MODEL_MEMORY_MB" in caplog.text
    assert ("a1", ["a1", "b1"]) == (got(pool, "a"), machine.loaded)


@pytest.mark.parametrize("error", [StartError("broken"), MemoryError(), SystemExit(1), RuntimeError("odd")])
def test_a_models_failure_is_its_own(
    make: Callable[..., Pool], machine: Machine, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Whatever loading raises, the others answer; it is tried again later, not for every request.
    """
    machine.sizes["a"] = error
    pool = make()
    for _ in range(3):
        with pytest.raises(ModelUnavailableError):
            pool.get("a")
    ready = pool.can_serve("a"), pool.can_serve("b")
    machine.now += RETRY_S
    machine.sizes["a"] = 1

    assert ((False, True), "b1", "a1") == (ready, got(pool, "b"), got(pool, "a"))
    assert ["a1", "b1", "a1"] == machine.loaded
    assert 1 == sum(record.levelno == logging.ERROR for record in caplog.records)


def test_an_unknown_model_is_told_the_known(make: Callable[..., Pool]) -> None:
    """
    A wrong name or version is answered with the right ones.
    """
    with pytest.raises(UnknownModelError, match=r"There is no model 'x'\. This service has 'a', 'b', 'c'\."):
        make().get("x")
    with pytest.raises(UnknownModelError, match=r"Model 'c' has no version '3'\. It has 2, 1\."):
        make().get("c", "3")
