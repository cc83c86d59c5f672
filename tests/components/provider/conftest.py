"""A project with the examples in it, and providers that serve it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.provider_process import ProviderProcess

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(name="project")
def project_with_examples(tmp_path: Path) -> Path:
    """Make a project folder that holds the examples and their lock."""
    (tmp_path / "Pulumi.yaml").write_text("name: project\nruntime: python\n")
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "modelport.lock", tmp_path)
    return tmp_path


@pytest.fixture(name="start_provider")
def provider_starter(project: Path) -> Iterator[Callable[[], ProviderProcess]]:
    """Start a new provider process at each call, as a new run of the engine does."""
    with ExitStack() as running:
        yield lambda: running.enter_context(ProviderProcess(project))


@pytest.fixture(name="provider")
def running_provider(start_provider: Callable[[], ProviderProcess]) -> ProviderProcess:
    """Start one provider."""
    return start_provider()
