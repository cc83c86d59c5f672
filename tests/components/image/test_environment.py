import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelport.errors import CancelledError, ModelportError
from modelport.image.environment import (
    Environment,
    base_interpreter,
    ensure_environment,
    environment_key,
    interpreter,
)
from modelport.image.lock import LockedPackage
from modelport.image.platforms import Platform
from modelport.image.requirements import Requirements
from modelport.image.resolve import resolve
from modelport.progress import silent
from modelport.workspace import Workspace

MakeWheel = Callable[..., Path]
LINUX = Platform("linux", "amd64", "3.11")
A, B = LockedPackage("a", "1", ("sha256:" + "a" * 64,)), LockedPackage("b", "1", ("sha256:" + "b" * 64,))


@pytest.fixture
def environment(project: Path, platform: Platform, make_wheel: MakeWheel) -> Environment:
    make_wheel("alpha", "1.0")
    wanted = Requirements(("alpha",), "none", (), ("wheels",))
    return Environment(resolve(wanted, platform, project), platform, wanted)


def _output(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _visible(project: Path) -> list[str]:
    folder = Workspace(project).environments
    return sorted(each.name for each in folder.iterdir() if not each.name.endswith(".guard"))


@given(st.permutations([A, B]))
def test_the_key_knows_no_order(packages: list[LockedPackage]) -> None:
    """
    Equal packages are one environment.
    """
    assert environment_key([A, B], LINUX) == environment_key(packages, LINUX)


def test_other_packages_or_platforms_are_other_environments() -> None:
    """
    A version, a hash, a platform: each makes another key.
    """
    others = [
        environment_key([A], LINUX),
        environment_key([LockedPackage("a", "2", A.hashes)], LINUX),
        environment_key([LockedPackage("a", "1", B.hashes)], LINUX),
        environment_key([A], Platform("linux", "amd64", "3.12")),
        environment_key([A], Platform("linux", "arm64", "3.11")),
    ]

    assert len(set(others)) == 5


def test_an_environment_holds_exactly_the_locked_packages(project: Path, environment: Environment) -> None:
    """
    It is made from the lock, runs after it was moved into place, and knows nothing else.
    """
    folder = ensure_environment(Workspace(project), environment)

    python = interpreter(folder)
    assert _output(python, "-c", "import alpha; print(alpha.VERSION)") == "1.0"
    assert str(folder) == _output(python, "-c", "import sys; print(sys.prefix)")
    assert _output(python, "-c", "import importlib.util as u; print(u.find_spec('pulumi') is None)") == "True"
    assert [environment.key] == _visible(project)


def test_an_environment_can_be_moved(project: Path, environment: Environment, tmp_path: Path) -> None:
    """
    A project that is moved to another path keeps its environments, commands included.
    """
    ensure_environment(Workspace(project), environment)
    project.rename(tmp_path / "elsewhere")

    moved = Workspace(tmp_path / "elsewhere").environments / environment.key
    assert _output(moved / "bin" / "alpha") == "1.0"
    assert _output(interpreter(moved), "-c", "import alpha; print(alpha.VERSION)") == "1.0"


def test_a_whole_environment_is_left_as_it_is(
    project: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The second run does nothing: it needs neither wheels nor uv.
    """
    first = ensure_environment(Workspace(project), environment)
    shutil.rmtree(project / "wheels")
    monkeypatch.setattr("modelport.image.environment.run_uv", None)

    assert first == ensure_environment(Workspace(project), environment)


def test_an_environment_whose_python_is_gone_is_made_again(project: Path, environment: Environment) -> None:
    """
    After an upgrade of the system's Python the old environment is replaced.
    """
    python = interpreter(ensure_environment(Workspace(project), environment))
    python.unlink()
    python.symlink_to("/nowhere/python3")

    ensure_environment(Workspace(project), environment)

    assert _output(python, "-c", "import alpha; print(alpha.VERSION)") == "1.0"


def test_two_makers_get_one_environment(project: Path, environment: Environment) -> None:
    """
    Two deployments at once do not disturb each other.
    """
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: ensure_environment(Workspace(project), environment), range(2)))

    assert made[0] == made[1]
    assert [environment.key] == _visible(project)


def test_a_wheel_that_was_changed_is_refused(
    project: Path, environment: Environment, make_wheel: MakeWheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Only the bytes that were locked are installed; nothing is left when they cannot be had.
    """
    monkeypatch.setenv("UV_CACHE_DIR", str(project / "cache"))  # uv's own still has the locked bytes
    make_wheel("alpha", "1.0", requires=("beta; extra == 'more'",))

    with pytest.raises(ModelportError) as raised:
        ensure_environment(Workspace(project), environment)

    assert "\n" not in str(raised.value)
    assert "modelport lock" in str(raised.value)
    assert _visible(project) == []


def test_leaving_while_it_is_made_leaves_nothing(project: Path, environment: Environment) -> None:
    """
    After Ctrl-C there is no half of an environment.
    """

    def leave(line: str) -> None:
        if line.startswith("installing"):
            raise CancelledError

    with pytest.raises(CancelledError):
        ensure_environment(Workspace(project), environment, leave)

    assert _visible(project) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 1 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield folder
    unmount = ["umount", str(folder)]
    subprocess.run(unmount, check=True)


def test_a_full_disk_leaves_nothing(project: Path, platform: Platform, make_wheel: MakeWheel, small_disk: Path) -> None:
    """
    What does not fit is one line with the space that is free, and is taken back.
    """
    make_wheel("alpha", "1.0", data="x" * 4_000_000)
    wanted = Requirements(("alpha",), "none", (), (str(project / "wheels"),))
    environment = Environment(resolve(wanted, platform, project), platform, wanted)

    with pytest.raises(ModelportError, match=r"^no space left in environments/ \(\d+ MB free\): free some"):
        ensure_environment(Workspace(small_disk), environment)

    assert _visible(small_disk) == []


def test_a_python_that_is_not_there_is_an_error(project: Path, environment: Environment) -> None:
    """
    The base interpreter is a parameter; a wrong one is one line.
    """
    with pytest.raises(ModelportError) as raised:
        ensure_environment(Workspace(project), environment, silent, Path("/nowhere/python3.11"))

    assert "/nowhere/python3.11" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_base_is_no_virtual_environment() -> None:
    """
    Removing the environment that runs this program breaks no service.
    """
    assert not (base_interpreter().parent.parent / "pyvenv.cfg").exists()
