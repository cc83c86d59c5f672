import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uv

from tests.engine.dev_stack import DevStack

UV = uv.find_uv_bin()
ROOT = Path(__file__).resolve().parent.parent.parent
REASON = "no `pulumi`: run `make tools`"

RunModelport = Callable[..., "subprocess.CompletedProcess[str]"]

PROGRAM = """
import os, pathlib, time
import pulumi

if hold := os.environ.get("SAMPLE_HOLD"):
    pathlib.Path(hold).touch()
    time.sleep(60)
pulumi.export("endpoints", {})
pulumi.export("keys", pulumi.Output.secret({}))
pulumi.export("greeting", pulumi.Config("sample").get("greeting"))
"""


@pytest.fixture(scope="session")
def engine_path() -> Path:
    """Give the real engine's path; without one, tests are skipped, and fail where `CI` is set."""
    found = shutil.which("pulumi", path=os.pathsep.join((str(ROOT / ".modelport" / "bin"), os.environ["PATH"])))
    if found:
        return Path(found)
    if os.environ.get("CI"):
        pytest.fail(REASON)
    pytest.skip(REASON)


@pytest.fixture
def engine_environment(engine_path: Path, tmp_path: Path) -> dict[str, str]:
    """Build an environment like a new user's: an empty home, nothing of Pulumi's set, the engine on PATH."""
    (tmp_path / "home").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "XDG_", "MODELPORT_"))}
    path = os.pathsep.join((str(engine_path.parent), os.environ["PATH"]))
    cache = str(tmp_path / "home" / ".cache")
    return {**kept, "HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": cache, "PATH": path, "NO_COLOR": "1"}


@pytest.fixture
def empty_project(tmp_path: Path) -> Path:
    """Make a project without resources, in a folder whose name has a space."""
    root = tmp_path / "a project"
    root.mkdir()
    (root / "Pulumi.yaml").write_text("name: sample\nruntime: python\n")
    (root / "Pulumi.dev.yaml").write_text("config:\n  sample:greeting: 3.10   # as written\n")
    (root / "__main__.py").write_text(PROGRAM)
    return root


@pytest.fixture
def modelport(empty_project: Path, engine_environment: dict[str, str]) -> RunModelport:
    """Run `modelport` in the project, with *more* environment."""

    def run(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(Path(sys.executable).parent / "modelport"), *arguments],
            cwd=empty_project,
            env={**engine_environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture(scope="session", name="service_environment")
def environment_with_caches(engine_path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Build a new user's environment that shares this machine's package cache: tests need not download again."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "XDG_", "MODELPORT_"))}
    cache = subprocess.run([UV, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()
    path = os.pathsep.join((str(engine_path.parent), os.environ["PATH"]))
    return {**kept, "HOME": str(home), "UV_CACHE_DIR": cache, "PATH": path, "NO_COLOR": "1"}


@pytest.fixture(name="dev_stack")
def new_dev_stack(tmp_path: Path, service_environment: dict[str, str]) -> Iterator[DevStack]:
    """Make a project with the shipped dev stack, not yet up."""
    stack = DevStack(tmp_path / "project", service_environment)
    yield stack
    stack.kill_services()


@pytest.fixture(scope="module", name="running")
def running_dev_stack(
    tmp_path_factory: pytest.TempPathFactory, service_environment: dict[str, str]
) -> Iterator[DevStack]:
    """Bring one dev stack up for all tests of a module; each must leave it as it was."""
    stack = DevStack(tmp_path_factory.mktemp("dev") / "project", service_environment)
    stack.up()
    yield stack
    stack.kill_services()
