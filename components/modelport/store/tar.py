"""
Tar streams whose bytes depend on names and contents only.

POSIX pax format, written here and not by `tarfile`, because digests must stay the same over Python versions. Times
are 0, owners root, modes 0644 and 0755; long, large and non-ASCII entries get a pax header with just what they need.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from modelport.errors import ModelportError

_BLOCK = 512
_CHUNK = 1 << 20
_NAME_BYTES = 100
_USTAR_SIZE_LIMIT = 8**11
_FILE, _FOLDER, _PAX = b"0", b"5", b"x"


class SourceChangedError(ModelportError):
    """A file is not what it was a moment ago."""


@dataclass(frozen=True)
class TarEntry:
    """One entry: its path in the archive (``/`` between parts), and for a file its *source* and *size* in bytes."""

    name: str
    source: Path | None = None
    size: int = 0


def tar_chunks(entries: Iterable[TarEntry]) -> Iterator[bytes]:
    """
    Write *entries* as a tar stream, sorted by name; a folder comes before what it holds.

    Holds one chunk in memory. Raises `SourceChangedError` when a file has another size than its entry, or is gone.
    """
    for entry in sorted(entries, key=_sort_key):
        yield from _entry_chunks(entry)
    yield bytes(2 * _BLOCK)


def _sort_key(entry: TarEntry) -> bytes:
    return _stored_name(entry).encode()


def _stored_name(entry: TarEntry) -> str:
    return entry.name if entry.source else f"{entry.name}/"


def _entry_chunks(entry: TarEntry) -> Iterator[bytes]:
    kind, mode = (_FILE, 0o644) if entry.source else (_FOLDER, 0o755)
    name = _stored_name(entry).encode()
    records = _pax_records(name, entry.size)
    if records:
        yield _header(b"PaxHeaders/entry", len(records), 0o644, _PAX) + records + _padding(len(records))
    yield _header(name[:_NAME_BYTES] if name.isascii() else b"entry", entry.size, mode, kind)
    if entry.source:
        yield from _file_chunks(entry.source, entry.size)
        yield _padding(entry.size)


def _file_chunks(source: Path, size: int) -> Iterator[bytes]:
    left = size
    try:
        with source.open("rb", buffering=0) as file:
            while chunk := file.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    break
                yield chunk
    except OSError as error:
        msg = f"{source} cannot be read: {error.strerror}; nothing was registered"
        raise SourceChangedError(msg) from error
    if left:
        msg = f"{source} changed while it was read ({size} bytes at first); wait until it is written, then try again"
        raise SourceChangedError(msg)


def _pax_records(name: bytes, size: int) -> bytes:
    records = b""
    if len(name) > _NAME_BYTES or not name.isascii():
        records += _pax_record(b"path", name)
    if size >= _USTAR_SIZE_LIMIT:
        records += _pax_record(b"size", b"%d" % size)
    return records


def _pax_record(key: bytes, value: bytes) -> bytes:
    # A record starts with its own length, the digits of the length included.
    bare = len(key) + len(value) + 3
    length = bare + len(str(bare))
    length = bare + len(str(length))
    return b"%d %s=%s\n" % (length, key, value)


def _header(name: bytes, size: int, mode: int, kind: bytes) -> bytes:
    stated = size if size < _USTAR_SIZE_LIMIT else 0  # the pax header has the true one
    before = b"".join(
        (name.ljust(_NAME_BYTES, b"\0"), b"%07o\0" % mode, b"0000000\0" * 2, b"%011o\0" % stated, b"00000000000\0")
    )
    after = b"".join((kind, bytes(100), b"ustar\x0000", bytes(64), b"0000000\0" * 2, bytes(167)))
    checksum = sum(before) + 8 * ord(" ") + sum(after)
    return before + b"%06o\0 " % checksum + after


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)
