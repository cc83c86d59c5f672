import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from modelport.cli.interrupts import run_interruptible

CHILD = """
import signal, sys, pathlib
signal.signal(signal.SIGTERM, lambda *_: sys.exit(41))
pathlib.Path("ready").touch()
signal.pause()
"""


def interrupt_when(file: Path, number: int) -> threading.Thread:
    """Send this process a signal once *file* is there."""

    def wait() -> None:
        while not file.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.parametrize(("code", "expected"), [("exit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137)])
def test_the_childs_exit_code_is_passed_on(tmp_path: Path, code: str, expected: int) -> None:
    """
    A signal's number is told as shells do, 128 + n.
    """
    assert expected == run_interruptible([sys.executable, "-c", code], tmp_path, os.environ)


def test_ctrl_c_does_not_end_the_parent_before_its_child(tmp_path: Path) -> None:
    """
    The child got the same Ctrl-C and winds up; its exit code still arrives, and the handlers are put back.
    """
    before = signal.getsignal(signal.SIGINT)
    code = "import pathlib, time; pathlib.Path('ready').touch(); time.sleep(0.3); raise SystemExit(3)"
    thread = interrupt_when(tmp_path / "ready", signal.SIGINT)

    result = run_interruptible([sys.executable, "-c", code], tmp_path, os.environ)

    thread.join()
    assert (3, before) == (result, signal.getsignal(signal.SIGINT))


def test_a_request_to_end_is_passed_on(tmp_path: Path) -> None:
    """
    SIGTERM goes to one process only, so the child gets it from us.
    """
    thread = interrupt_when(tmp_path / "ready", signal.SIGTERM)

    result = run_interruptible([sys.executable, "-c", CHILD], tmp_path, os.environ)

    thread.join()
    assert 41 == result
