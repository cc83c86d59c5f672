"""Progress over bytes, said often enough to be alive and seldom enough to be read."""

import time
from collections.abc import Iterable, Iterator

from modelport.progress import Progress

_TELL_EVERY_S = 0.5
_MB = 1_000_000


class Meter:
    """Counts bytes, of an unknown or known *total*; tells lines such as ``registering diabetes: 512 of 2048 MB``."""

    def __init__(self, label: str, total: int | None, progress: Progress) -> None:
        self._label = label
        self._total = total
        self._progress = progress
        self._done = 0
        self._last = time.monotonic()

    def add(self, count: int) -> None:
        """Count *count* more bytes."""
        self.at(self._done + count)

    def at(self, done: int) -> None:
        """Say that *done* bytes are done in all; fewer than before, where some have to be sent again."""
        self._done = done
        if time.monotonic() - self._last >= _TELL_EVERY_S:
            of = "" if self._total is None else f" of {self._total // _MB}"
            self._progress(f"{self._label}: {self._done // _MB}{of} MB")
            self._last = time.monotonic()

    def over(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Hand *chunks* on, counting them."""
        for chunk in chunks:
            yield chunk
            self.add(len(chunk))
