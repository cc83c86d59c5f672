from collections.abc import Callable
from pathlib import Path

import pytest
from modelport.errors import CancelledError, InvalidInputsError
from modelport.image.lock import LockedEnvironment, read_lock
from modelport.image.lock_environments import WantedEnvironment, lock_environments
from modelport.image.platforms import Platform
from modelport.image.requirements import Requirements
from modelport.workspace import Workspace

MakeWheel = Callable[..., Path]
LINUX = Platform("linux", "amd64", "3.11")
MAC = Platform("macos", "arm64", "3.12")


def _wanted(name: str, *packages: str) -> WantedEnvironment:
    return WantedEnvironment(name, Requirements(packages, "none", (), ("wheels",)))


def _versions(entry: LockedEnvironment) -> dict[str, list[str]]:
    return {platform: [each.version for each in packages] for platform, packages in entry.platforms.items()}


def test_every_environment_is_locked_for_every_platform(project: Path, make_wheel: MakeWheel) -> None:
    """
    One command locks all images for this machine and the image's platform.
    """
    make_wheel("alpha", "1.0")

    lock_environments([_wanted("a", "alpha"), _wanted("b")], Workspace(project), [LINUX, MAC])

    locked = read_lock(project / "modelport.lock")
    assert {str(LINUX): ["1.0"], str(MAC): ["1.0"]} == _versions(locked.environments["a"])
    assert {str(LINUX): [], str(MAC): []} == _versions(locked.environments["b"])


def test_versions_move_only_on_upgrade(project: Path, make_wheel: MakeWheel) -> None:
    """
    Locking again keeps versions, on all platforms that are locked; `upgrade` takes the newest.
    """
    make_wheel("alpha", "1.0")
    lock_environments([_wanted("a", "alpha")], Workspace(project), [LINUX])
    make_wheel("alpha", "2.0")

    kept = lock_environments([_wanted("a", "alpha")], Workspace(project), [MAC])
    upgraded = lock_environments([_wanted("a", "alpha")], Workspace(project), [LINUX], upgrade=True)

    assert {str(LINUX): ["1.0"], str(MAC): ["1.0"]} == _versions(kept.environments["a"])
    assert {str(LINUX): ["2.0"], str(MAC): ["2.0"]} == _versions(upgraded.environments["a"])


def test_all_failures_are_told_and_nothing_is_written(project: Path, make_wheel: MakeWheel) -> None:
    """
    One environment that cannot be resolved keeps the lock as it was; each failure names its environment.
    """
    make_wheel("alpha", "1.0")
    wanted = [_wanted("good", "alpha"), _wanted("bad", "alpha==2"), _wanted("worse", "beta")]

    with pytest.raises(InvalidInputsError) as raised:
        lock_environments(wanted, Workspace(project), [LINUX])

    assert [each.property_path for each in raised.value.failures] == ["bad.requirements", "worse.requirements"]
    assert not (project / "modelport.lock").exists()


def test_leaving_is_no_failure_of_an_environment(project: Path) -> None:
    """
    Ctrl-C ends the command at once.
    """

    def leave(_line: str) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        lock_environments([_wanted("a"), _wanted("b")], Workspace(project), [LINUX], progress=leave)
