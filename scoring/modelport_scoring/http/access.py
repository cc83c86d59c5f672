"""A line for each request, written in blocks: a record of `logging` for each would take longer than the request."""

import asyncio
import os
import sys
import time
from typing import Final

LOGGER: Final = "modelport_scoring.access"
FLUSH_S: Final = 0.1
LONGEST_BLOCK: Final = 1000
"""Lines."""


class AccessLog:
    """Writes to standard output what `modelport_scoring.logs` would write, a moment later."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        self._second = 0
        self._date = ""
        self._name = f" I [{os.getpid()}] {LOGGER} - "

    def add(
        self, loop: asyncio.AbstractEventLoop, method: bytes, target: bytes, status: int, took_ms: float, length: int
    ) -> None:
        """Note an answered request. Health is not worth a line."""
        if target == b"/":
            return
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second, self._date = second, time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(second))
        # The target as it was sent: a decoded line break would forge a line.
        request = f"{method.decode()} {target.decode('latin-1')} {status} {took_ms:.3f}ms {length}\n"
        self._lines.append(f"{self._date},{int((now - second) * 1000):03d}{self._name}{request}")
        if len(self._lines) >= LONGEST_BLOCK:
            self.flush()
        elif self._timer is None:
            self._timer = loop.call_later(FLUSH_S, self.flush)

    def flush(self) -> None:
        """Write what is noted."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        text = "".join(self._lines)
        self._lines.clear()
        if text:
            sys.stdout.write(text)
            sys.stdout.flush()
