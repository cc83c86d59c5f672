"""
Gzip whose bytes depend on the content only.

zlib's own bytes differ between its versions and forks, so one compressor is pinned (libdeflate, in the wheel
`deflate`), with one level. A stream is cut into chunks of one size, each a gzip member of its own (RFC 1952 allows
several): threads may work side by side, and memory stays bounded.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import metadata
from typing import Final

CHUNK: Final = 1 << 20
LEVEL: Final = 6
"""Higher levels take twice the time for 1 % of what scientific wheels hold."""
_AHEAD: Final = 4
"""Chunks under way per core."""


def compressor() -> str:
    """Name what compresses, for messages and the lock: other versions may give other bytes."""
    return f"deflate {metadata.version('deflate')} level {LEVEL}"


def gzip_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Compress a stream; how it was cut into *chunks* makes no difference."""
    import deflate  # noqa: PLC0415 - only builds need it

    cores = os.cpu_count() or 1
    ahead: deque[Future[bytes | bytearray]] = deque()
    with ThreadPoolExecutor(cores) as pool:
        for chunk in _cut(chunks):
            ahead.append(pool.submit(deflate.gzip_compress, chunk, LEVEL))
            if len(ahead) > _AHEAD * cores:
                yield bytes(ahead.popleft().result())
        while ahead:
            yield bytes(ahead.popleft().result())


def _cut(chunks: Iterable[bytes]) -> Iterator[bytes]:
    left = bytearray()
    for chunk in chunks:
        left += chunk
        while len(left) >= CHUNK:
            yield bytes(left[:CHUNK])
            del left[:CHUNK]
    if left:
        yield bytes(left)
