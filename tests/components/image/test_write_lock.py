import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from modelport.image.lock import LockedEnvironment, LockedLayer, LockedPackage, LockError, read_lock
from modelport.image.write_lock import merge_lock
from modelport.workspace import Workspace

PACKAGE = LockedPackage("numpy", "2.0", ("sha256:" + "a" * 64,))
OTHER = LockedPackage("numpy", "2.1", ("sha256:" + "b" * 64,))


def test_platforms_of_the_same_requirements_are_kept(tmp_path: Path) -> None:
    """
    One machine adds its platform and leaves the others'.
    """
    merge_lock(Workspace(tmp_path), {"demo": LockedEnvironment(("numpy",), {"a": (PACKAGE,)})})

    merged = merge_lock(Workspace(tmp_path), {"demo": LockedEnvironment(("numpy",), {"b": (OTHER,)})})

    assert merged.environments["demo"].platforms == {"a": (PACKAGE,), "b": (OTHER,)}
    assert merged == read_lock(tmp_path / "modelport.lock")


def test_other_requirements_replace_the_entry_and_leave_the_others(tmp_path: Path) -> None:
    """
    Packages of old requirements are gone, for all platforms; other images are not touched.
    """
    merge_lock(Workspace(tmp_path), {name: LockedEnvironment(("numpy",), {"a": (PACKAGE,)}) for name in ("x", "y")})

    merged = merge_lock(Workspace(tmp_path), {"x": LockedEnvironment(("numpy>2",), {"b": (OTHER,)})})

    assert LockedEnvironment(("numpy>2",), {"b": (OTHER,)}) == merged.environments["x"]
    assert LockedEnvironment(("numpy",), {"a": (PACKAGE,)}) == merged.environments["y"]


def test_a_layer_stays_as_long_as_its_packages(tmp_path: Path) -> None:
    """
    What was locked for an image is kept when another platform is added, and gone with the packages it was made of.
    """
    layer = LockedLayer("sha256:" + "c" * 64, "sha256:" + "d" * 64, 1, "deflate")
    merge_lock(Workspace(tmp_path), {"demo": LockedEnvironment(("numpy",), {"a": (PACKAGE,)}, {"a": layer})})

    kept = merge_lock(Workspace(tmp_path), {"demo": LockedEnvironment(("numpy",), {"b": (OTHER,)})})
    gone = merge_lock(Workspace(tmp_path), {"demo": LockedEnvironment(("numpy",), {"a": (OTHER,)})})

    assert layer == kept.layer("demo", "a")
    assert gone.layer("demo", "a") is None


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    """
    Each of many writers finds its entry in the file afterwards.
    """
    names = [f"image{number}" for number in range(20)]

    def write(name: str) -> None:
        merge_lock(Workspace(tmp_path), {name: LockedEnvironment((), {"a": (PACKAGE,)})})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, names))

    assert set(names) == set(read_lock(tmp_path / "modelport.lock").environments)


def test_an_unchanged_lock_is_not_written(tmp_path: Path) -> None:
    """
    A deployment that changes nothing leaves the file's time as it is.
    """
    addition = {"demo": LockedEnvironment(("numpy",), {"a": (PACKAGE,)})}
    merge_lock(Workspace(tmp_path), addition)
    before = (tmp_path / "modelport.lock").stat()

    merge_lock(Workspace(tmp_path), addition)

    assert before.st_ino == (tmp_path / "modelport.lock").stat().st_ino


def test_the_lock_can_be_read_by_others(tmp_path: Path) -> None:
    """
    It is committed, so it has the mode of any source file; only `.modelport` lies beside it.
    """
    merge_lock(Workspace(tmp_path), {"demo": LockedEnvironment((), {"a": (PACKAGE,)})})

    assert stat.S_IMODE((tmp_path / "modelport.lock").stat().st_mode) == 0o644
    assert sorted(each.name for each in tmp_path.iterdir()) == [".modelport", "modelport.lock"]


def test_a_failed_write_leaves_the_old_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    When the disk gives out, the lock is as it was and no temporary file stays.
    """
    merge_lock(Workspace(tmp_path), {"demo": LockedEnvironment(("numpy",), {"a": (PACKAGE,)})})
    before = (tmp_path / "modelport.lock").read_text()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(LockError, match=r"^modelport\.lock cannot be written: No space left on device;"):
        merge_lock(Workspace(tmp_path), {"other": LockedEnvironment((), {"a": (PACKAGE,)})})

    assert before == (tmp_path / "modelport.lock").read_text()
    assert sorted(each.name for each in tmp_path.iterdir()) == [".modelport", "modelport.lock"]
