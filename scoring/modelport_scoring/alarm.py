"""Ends calls of ``run()`` that take too long."""

import signal
import time
from types import FrameType


class TimesUp(BaseException):
    """Raised inside ``run()`` once its time is up."""


class Alarm:
    """
    A clock for calls on the main thread; without `install` it never rings.

    The timer of the process is set once for many calls: when it rings early it is set again for the rest.
    """

    def __init__(self, timeout_ms: int) -> None:
        self.timeout_ms = timeout_ms
        self._began: float | None = None
        self._is_set = True  # as long as it is not installed

    def install(self) -> None:
        """Take the signal SIGALRM over; on the main thread."""
        signal.signal(signal.SIGALRM, self._ring)
        self._is_set = False

    def start(self) -> None:
        """Note that a call begins."""
        self._began = time.monotonic()
        if not self._is_set:
            self._is_set = True
            signal.setitimer(signal.ITIMER_REAL, self.timeout_ms / 1000)

    def stop(self) -> None:
        """Note that it is over."""
        self._began = None

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        self._is_set = False
        if self._began is None:
            return
        left = self._began + self.timeout_ms / 1000 - time.monotonic()
        if left > 0:
            self._is_set = True
            signal.setitimer(signal.ITIMER_REAL, left)
        else:
            self._began = None
            raise TimesUp
