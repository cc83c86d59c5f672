from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelport.image.lock import (
    EnvironmentNotLockedError,
    Lock,
    LockedEnvironment,
    LockedLayer,
    LockedPackage,
    LockError,
    LockOutOfDateError,
    PlatformNotLockedError,
    parse_lock,
    read_lock,
    render_lock,
)

HASH = "sha256:" + "a" * 64
NUMPY = LockedPackage("numpy", "2.0", (HASH,))
HOST = "linux/amd64 cp311"
LOCK = Lock({"demo": LockedEnvironment(("numpy>=2",), {HOST: (NUMPY,)})})

_TEXT = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=8)
_PACKAGE = st.builds(LockedPackage, _TEXT, _TEXT, st.just((HASH,)))
_PACKAGES = st.lists(_PACKAGE, max_size=3, unique=True).map(lambda each: tuple(sorted(each)))
_REQUIRES = st.lists(_TEXT, max_size=3, unique=True).map(lambda each: tuple(sorted(each)))
_LAYER = st.builds(LockedLayer, st.just(HASH), st.just(HASH), st.integers(0), _TEXT)
_LAYERS = st.dictionaries(_TEXT, _LAYER, max_size=2)
_ENVIRONMENT = st.builds(LockedEnvironment, _REQUIRES, st.dictionaries(_TEXT, _PACKAGES, max_size=2), _LAYERS)


@given(st.builds(Lock, st.dictionaries(_TEXT, _ENVIRONMENT, max_size=3)))
def test_a_lock_is_read_as_it_was_written(lock: Lock) -> None:
    """
    Nothing is lost between lock and file, and a second writing gives the same bytes.
    """
    text = render_lock(lock)

    assert lock == parse_lock(text, "modelport.lock")
    assert text == render_lock(parse_lock(text, "modelport.lock"))


def test_a_missing_lock_is_an_empty_one(tmp_path: Path) -> None:
    """
    A new project has no lock yet.
    """
    assert Lock() == read_lock(tmp_path / "modelport.lock")


def test_an_entry_is_found_whatever_the_order_of_requirements() -> None:
    """
    The lock compares sets of requirements.
    """
    lock = Lock({"demo": LockedEnvironment(("a", "b"), {HOST: (NUMPY,)})})

    assert lock.entry("demo", ["b", "a"], HOST) == (NUMPY,)


def test_a_missing_environment_names_the_command() -> None:
    """
    An image that is new has no entry.
    """
    with pytest.raises(EnvironmentNotLockedError, match=r"no entry for 'other': run `modelport lock`"):
        LOCK.entry("other", (), HOST)


def test_a_missing_platform_names_the_option_and_what_is_there() -> None:
    """
    An entry for other platforms says which, and how to add this one.
    """
    with pytest.raises(PlatformNotLockedError) as raised:
        LOCK.entry("demo", ["numpy>=2"], "macos/arm64 cp312")

    expected = (
        "modelport.lock has no entry for 'demo' on macos/arm64 cp312 (it has linux/amd64 cp311): "
        "run `modelport lock --platform 'macos/arm64 cp312'` and commit the file"
    )
    assert expected == str(raised.value)


def test_other_requirements_are_named_one_by_one() -> None:
    """
    A lock that is out of date says what was added and what is gone.
    """
    with pytest.raises(LockOutOfDateError) as raised:
        LOCK.entry("demo", ["numpy>=2.1", "scipy"], HOST)

    expected = (
        "modelport.lock is out of date for 'demo' ('numpy>=2.1' is new, 'scipy' is new, 'numpy>=2' is gone): "
        "run `modelport lock` and commit the file"
    )
    assert expected == str(raised.value)


GOOD = render_lock(LOCK)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not JSON"),
        (GOOD[:-20], "is not JSON"),
        (f"<<<<<<< HEAD\n{GOOD}", "merge conflicts"),
        ("[]", "has version None"),
        (GOOD.replace('"version": 1', '"version": 2'), "has version 2, this Modelport reads 1"),
        (GOOD.replace('"requires"', '"require"'), "is damaged"),
        (GOOD.replace(HASH, "sha256:beef"), "'numpy' has no sha256 hashes"),
        (GOOD.replace('"2.0"', "2.0"), "2.0 is no text"),
        (GOOD.replace("  ", "    "), "edited by hand"),
        (GOOD.rstrip(), "edited by hand"),
    ],
)
def test_a_damaged_lock_is_an_error_with_the_way_out(tmp_path: Path, text: str, reason: str) -> None:
    """
    Corrupt, foreign or edited files are refused in one line that says how to mend it.
    """
    (tmp_path / "modelport.lock").write_text(text)

    with pytest.raises(LockError) as raised:
        read_lock(tmp_path / "modelport.lock")

    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "restore" in str(raised.value) or "install" in str(raised.value)


def test_a_lock_that_is_a_folder_is_an_error(tmp_path: Path) -> None:
    """
    What cannot be read is named, too.
    """
    (tmp_path / "modelport.lock").mkdir()

    with pytest.raises(LockError, match=r"^modelport\.lock cannot be read"):
        read_lock(tmp_path / "modelport.lock")
