"""Telling our own processes from others."""

import subprocess
import sys
import time
from pathlib import Path

from modelport.local import machine


def sleeper(argument: str) -> "subprocess.Popen[bytes]":
    """Start a process that has *argument* on its command line."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", argument])
    while argument not in Path(f"/proc/{process.pid}/cmdline").read_text():
        time.sleep(0.01)
    return process


def test_a_process_is_known_by_its_argument() -> None:
    """
    A living process with another command line is not ours.
    """
    process = sleeper("spec-of-one")
    try:
        assert machine.runs(process.pid, "spec-of-one")
        assert not machine.runs(process.pid, "spec-of-another")
    finally:
        process.kill()
        process.wait()


def test_a_zombie_is_dead() -> None:
    """
    A killed process that nobody has waited for does not count as running.
    """
    process = sleeper("spec-of-zombie")
    process.kill()
    gone = machine.wait_until_gone(process.pid, "spec-of-zombie", timeout_s=5)
    process.wait()

    assert gone


def test_stopping_ends_a_process_that_ignores_the_request() -> None:
    """
    After its time a process is killed.
    """
    code = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, "stubborn"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        machine.stop(process.pid, "stubborn", timeout_s=0.1)

        assert process.wait(timeout=5) == -9


def test_this_machine_is_the_same_twice() -> None:
    """
    The identity does not change between two looks.
    """
    assert machine.Machine.this() == machine.Machine.this()
