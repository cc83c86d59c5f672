import errno
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from modelport.errors import CancelledError, ModelportError
from modelport.image.folder_once import folder_once
from modelport.progress import silent


def _is_whole(folder: Path) -> bool:
    return (folder / "done").is_file()


def _make(folder: Path) -> None:
    (folder / "done").write_text("x")


def _visible(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if not each.name.endswith(".guard"))


def test_two_makers_make_it_once(tmp_path: Path) -> None:
    """
    Of many that want a folder one makes it, and all get it whole.
    """
    made: list[int] = []

    def slow(folder: Path) -> None:
        made.append(threading.get_ident())
        time.sleep(0.2)
        _make(folder)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: folder_once(tmp_path / "f", _is_whole, slow, silent), range(4)))

    assert [tmp_path / "f"] * 4 == results
    assert len(made) == 1
    assert _visible(tmp_path) == ["f"]


def test_a_waiting_user_can_leave(tmp_path: Path) -> None:
    """
    Who waits for another maker is asked whether he is still there.
    """
    begun, end = threading.Event(), threading.Event()

    def held(folder: Path) -> None:
        begun.set()
        end.wait(5)
        _make(folder)

    def leave(_line: str) -> None:
        raise CancelledError

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(folder_once, tmp_path / "f", _is_whole, held, silent)
        begun.wait(5)
        with pytest.raises(CancelledError):
            folder_once(tmp_path / "f", _is_whole, _make, leave)
        end.set()

    assert tmp_path / "f" == first.result()


def test_a_damaged_folder_is_made_again(tmp_path: Path) -> None:
    """
    What is not whole is replaced as a whole.
    """
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "stale").write_text("x")

    folder_once(tmp_path / "f", _is_whole, _make, silent)

    assert _visible(tmp_path / "f") == ["done"]
    assert _visible(tmp_path) == ["f"]


@pytest.mark.parametrize("failure", [CancelledError(), ModelportError("no"), OSError(errno.EIO, "broken")])
def test_a_failed_maker_leaves_nothing(tmp_path: Path, failure: Exception) -> None:
    """
    After an error there is neither a folder nor a half of one.
    """

    def fail(folder: Path) -> None:
        _make(folder)
        raise failure

    with pytest.raises(ModelportError):
        folder_once(tmp_path / "f", _is_whole, fail, silent)

    assert _visible(tmp_path) == []


def test_a_full_disk_is_one_line_with_what_is_free(tmp_path: Path) -> None:
    """
    The folder, the space that is free and the way out are named.
    """

    def fail(_folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ModelportError, match=r"^no space left in builds/ \(\d+ MB free\): free some"):
        folder_once(tmp_path / "builds" / "f", _is_whole, fail, silent)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """
    A file where a folder should be is an error in one line.
    """
    (tmp_path / "builds").write_text("x")

    with pytest.raises(ModelportError, match=r"^cannot write .*builds/f: "):
        folder_once(tmp_path / "builds" / "f", _is_whole, _make, silent)


KILLED = """
import pathlib, sys, time
from modelport.image.folder_once import folder_once
def make(folder):
    (folder / "half").write_text("x")
    print("begun", flush=True)
    time.sleep(30)
folder_once(pathlib.Path(sys.argv[1]), lambda folder: False, make, lambda line: None)
"""


def test_what_a_killed_maker_left_is_removed_by_the_next(tmp_path: Path) -> None:
    """
    After kill -9 the next maker does not wait, and clears up.
    """
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path / "f")], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        os.kill(process.pid, signal.SIGKILL)
    assert _visible(tmp_path) != []

    folder_once(tmp_path / "f", _is_whole, _make, silent)

    assert _visible(tmp_path) == ["f"]
