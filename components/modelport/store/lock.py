"""One writer at a time, over processes and threads."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelport.progress import Progress
from modelport.store.errors import write_errors

_POLL_S = 0.02
_TELL_EVERY_S = 0.5


@contextmanager
def exclusive(path: Path, progress: Progress, waiting: str) -> Iterator[None]:
    """Hold the lock file at *path*; tell *progress* the line *waiting* as long as someone else holds it."""
    with write_errors(path, 0):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _acquire(descriptor, progress, waiting)
        yield
    finally:
        os.close(descriptor)  # which releases the lock


def _acquire(descriptor: int, progress: Progress, waiting: str) -> None:
    told = time.monotonic()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_POLL_S)
        else:
            return
        if time.monotonic() - told >= _TELL_EVERY_S:
            progress(waiting)  # raises once the user has cancelled
            told = time.monotonic()
