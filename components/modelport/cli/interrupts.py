"""Children that handle Ctrl-C themselves."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType


def run_interruptible(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
    """
    Run *command* to its end, however often the user interrupts, and return its exit code (128 + n for signal n).

    Ctrl-C reaches the whole foreground group, the child included: the first asks the engine to stop in order, the
    second makes it stop at once, so this process only has to outlive it. SIGTERM goes to one process and is passed on.
    """
    process: subprocess.Popen[bytes] | None = None
    requested: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if process is None:
            requested.append(number)
        else:
            process.send_signal(number)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda _number, _frame: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, pass_on),
    }
    try:
        process = subprocess.Popen(list(command), cwd=cwd, env=dict(env))
        for number in requested:
            process.send_signal(number)
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
