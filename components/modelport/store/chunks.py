"""Bytes that can be read again, for uploads that have to begin anew."""

from collections.abc import Callable, Iterable, Iterator


class Chunks:
    """Bytes from a source that *opened* opens anew each time."""

    def __init__(self, opened: Callable[[], Iterable[bytes]]) -> None:
        self._opened = opened

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._opened())
