"""
Tar streams whose bytes depend on names and contents only.

POSIX pax format, written here and not by `tarfile`, because digests must stay the same over Python versions. Times
are 0, owners root; long, large and non-ASCII entries get a pax header with just what they need.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self, TypeAlias

from modelport.errors import ModelportError

_BLOCK = 512
_CHUNK = 1 << 20
_NAME_BYTES = 100
_USTAR_SIZE_LIMIT = 8**11
_FILE, _LINK, _FOLDER, _PAX = b"0", b"2", b"5", b"x"

Source: TypeAlias = Path | bytes
"""Where the bytes of an entry come from: a file, or the bytes themselves."""


class SourceChangedError(ModelportError):
    """A file is not what it was a moment ago."""


@dataclass(frozen=True)
class TarEntry:
    """One entry: its path in the archive (``/`` between parts); a folder when it has neither *source* nor *link*."""

    name: str
    source: Source | None = None
    size: int = 0
    """Of the source, in bytes."""
    executable: bool = False
    """Mode 0755 in place of 0644."""
    link: str | None = None
    """Where a symbolic link leads to."""

    @classmethod
    def of(cls, name: str, data: bytes) -> Self:
        """Make the entry of a small file."""
        return cls(name, data, len(data))

    @property
    def is_folder(self) -> bool:
        """Tell folders from files and links."""
        return self.source is None and self.link is None


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
    return f"{entry.name}/" if entry.is_folder else entry.name


def _entry_chunks(entry: TarEntry) -> Iterator[bytes]:
    name, link = _stored_name(entry).encode(), (entry.link or "").encode()
    records = _pax_records(name, link, entry.size)
    if records:
        yield _header(b"PaxHeaders/entry", len(records), 0o644, _PAX) + records + _padding(len(records))
    yield _header(_short(name), entry.size, _mode(entry), _kind(entry), _short(link))
    if entry.source is not None:
        yield from _file_chunks(entry.source, entry.size)
        yield _padding(entry.size)


def _kind(entry: TarEntry) -> bytes:
    if entry.link is not None:
        return _LINK
    return _FOLDER if entry.is_folder else _FILE


def _mode(entry: TarEntry) -> int:
    if entry.link is not None:
        return 0o777
    return 0o755 if entry.executable or entry.is_folder else 0o644


def _file_chunks(source: Source, size: int) -> Iterator[bytes]:
    left = size
    try:
        with _opened(source) as file:
            while chunk := file.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    break
                yield chunk
    except OSError as error:
        msg = f"{_shown(source)} cannot be read: {error.strerror}; nothing was written"
        raise SourceChangedError(msg) from error
    if left:
        msg = (
            f"{_shown(source)} changed while it was read ({size} bytes at first); "
            f"wait until it is written, then try again"
        )
        raise SourceChangedError(msg)


def _opened(source: Source) -> IO[bytes]:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb", buffering=0)


def _shown(source: Source) -> str:
    return str(source) if isinstance(source, Path) else "an entry"


def _pax_records(name: bytes, link: bytes, size: int) -> bytes:
    records = b""
    if _needs_record(name):
        records += _pax_record(b"path", name)
    if _needs_record(link):
        records += _pax_record(b"linkpath", link)
    if size >= _USTAR_SIZE_LIMIT:
        records += _pax_record(b"size", b"%d" % size)
    return records


def _needs_record(name: bytes) -> bool:
    return len(name) > _NAME_BYTES or not name.isascii()


def _short(name: bytes) -> bytes:
    return name[:_NAME_BYTES] if name.isascii() else b"entry"


def _pax_record(key: bytes, value: bytes) -> bytes:
    # A record starts with its own length, the digits of the length included.
    bare = len(key) + len(value) + 3
    length = bare + len(str(bare))
    length = bare + len(str(length))
    return b"%d %s=%s\n" % (length, key, value)


def _header(name: bytes, size: int, mode: int, kind: bytes, link: bytes = b"") -> bytes:
    stated = size if size < _USTAR_SIZE_LIMIT else 0  # the pax header has the true one
    before = b"".join(
        (name.ljust(_NAME_BYTES, b"\0"), b"%07o\0" % mode, b"0000000\0" * 2, b"%011o\0" % stated, b"00000000000\0")
    )
    after = b"".join((kind, link.ljust(_NAME_BYTES, b"\0"), b"ustar\x0000", bytes(64), b"0000000\0" * 2, bytes(167)))
    checksum = sum(before) + 8 * ord(" ") + sum(after)
    return before + b"%06o\0 " % checksum + after


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)
