import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
