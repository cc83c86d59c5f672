"""Helpers of the tests of the examples."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def examples() -> Path:
    """
    Find the folder of the examples.
    """
    return EXAMPLES


@pytest.fixture
def load() -> Callable[[str], ModuleType]:
    """
    Load a loose script of the examples by its path there, anew each time.
    """

    def run(path: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"example_{Path(path).stem}", EXAMPLES / path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return run
