import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from modelport.cli.locks import held, release_abandoned
from modelport.errors import ModelportError

WriteLock = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a stack's lock folder."""
    (tmp_path / "locks").mkdir()
    return tmp_path / "locks"


@pytest.fixture
def write_lock(folder: Path) -> WriteLock:
    """Write a lock as the engine does; nanoseconds and zone included."""

    def write(pid: int, host: str | None = None, taken_at: datetime | None = None) -> Path:
        stamp = (taken_at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%f")
        file = folder / f"lock-{pid}.json"
        content = {"pid": pid, "username": "someone", "hostname": host or socket.gethostname()}
        file.write_text(json.dumps({**content, "timestamp": f"{stamp}789Z"}))
        return file

    return write


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    """Start a process that lives until the test ends."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_the_lock_of_a_dead_process_is_removed(folder: Path, write_lock: WriteLock) -> None:
    """
    A process that was reaped is gone; its lock goes with it.
    """
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    write_lock(process.pid)

    assert ([process.pid], []) == (release_abandoned(folder), list(folder.iterdir()))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="zombies and starts are read from /proc")
def test_the_lock_of_a_zombie_is_removed(folder: Path, write_lock: WriteLock) -> None:
    """
    A process that was killed and not yet reaped answers signals, and is gone all the same.
    """
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    write_lock(process.pid)

    released = release_abandoned(folder)

    process.communicate()
    assert [process.pid] == released


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="zombies and starts are read from /proc")
def test_a_later_process_with_the_same_id_holds_nothing(
    folder: Path, write_lock: WriteLock, sleeper: "subprocess.Popen[bytes]"
) -> None:
    """
    Ids are used again: a process that began after the lock was taken did not take it.
    """
    write_lock(sleeper.pid, taken_at=datetime.now(UTC) - timedelta(hours=1))

    assert [sleeper.pid] == release_abandoned(folder)


def test_the_lock_of_a_living_process_stops_and_names_it(
    folder: Path, write_lock: WriteLock, sleeper: "subprocess.Popen[bytes]"
) -> None:
    """
    One line with the process id and how to stop it; the lock stays.
    """
    file = write_lock(sleeper.pid)

    with pytest.raises(ModelportError, match=rf"process {sleeper.pid}; wait for it, .* kill -INT {sleeper.pid}$"):
        release_abandoned(folder)

    assert file.exists()


def test_the_lock_of_another_host_stops_and_names_it(folder: Path, write_lock: WriteLock) -> None:
    """
    A process on another machine cannot be judged from here.
    """
    file = write_lock(1, host="elsewhere")

    with pytest.raises(ModelportError, match=rf"process 1 on elsewhere; .* remove {file}$"):
        release_abandoned(folder)

    assert file.exists()


@pytest.mark.parametrize("content", ["", "[]", '{"pid": 1}', '{"pid": 1, "hostname": "h", "timestamp": "noon"}'])
def test_a_lock_that_cannot_be_read_is_named(folder: Path, content: str) -> None:
    """
    Nothing is guessed about it: the user decides.
    """
    (folder / "x.json").write_text(content)

    with pytest.raises(ModelportError, match=rf"the lock {folder / 'x.json'} cannot be read"):
        release_abandoned(folder)


def test_a_held_lock_reads_like_the_engines_own(folder: Path) -> None:
    """
    While we edit a state, others see a lock of this process; afterwards none.
    """
    with held(folder):
        content = json.loads(next(folder.glob("*.json")).read_text())
        with pytest.raises(ModelportError, match=f"process {os.getpid()};"):
            release_abandoned(folder)

    assert (os.getpid(), socket.gethostname()) == (content["pid"], content["hostname"])
    assert [] == list(folder.iterdir())


def test_no_lock_is_held_beside_another(folder: Path, write_lock: WriteLock) -> None:
    """
    An engine that was faster wins, and our own lock is taken back.
    """
    other = write_lock(1)

    with pytest.raises(ModelportError, match="changed by process 1"), held(folder):
        pass

    assert [other] == list(folder.iterdir())


def test_without_a_lock_folder_there_is_nothing_to_release(tmp_path: Path) -> None:
    """
    A first run finds no folder.
    """
    assert [] == release_abandoned(tmp_path / "none")
