"""The entries of tar and zip archives, in one shape. Reads in bounded pieces; believes no size that a header states."""

import gzip
import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from modelport.registry.errors import ArchiveError

FILE, FOLDER, LINK, OTHER = "file", "folder", "link", "other"
_HEADER_LIMIT = 16 << 20
_LONGEST_TARGET = 4096


@dataclass(frozen=True)
class Member:
    """One entry: *target* is a link's, *read* gives a file's next bytes (at most as many as asked for)."""

    name: str
    kind: str
    target: str = ""
    read: Callable[[int], bytes] = lambda _size: b""


def members_of(source: Path) -> Iterator[Member]:
    """Give the entries of the archive at *source*, in order; use it within `damage_named`."""
    return _zip_members(source) if source.suffix == ".zip" else _tar_members(source)


@contextmanager
def damage_named(source: Path) -> Iterator[None]:
    """Turn what is raised over a damaged, encrypted or foreign archive into `ArchiveError`; reading members too."""
    try:
        yield
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, EOFError) as error:
        msg = f"archive {source} is damaged or no archive ({error}); fetch it again"
        raise ArchiveError(msg) from error
    except (NotImplementedError, RuntimeError) as error:  # zipfile's words for a password and for rare compressions
        msg = f"archive {source} cannot be unpacked here ({error}); unpack it yourself and give the folder"
        raise ArchiveError(msg) from error


class _Bounded(io.RawIOBase):
    """A stream that refuses to hand out very much at once: tar headers may state any length."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _HEADER_LIMIT:
            msg = f"an entry's header takes {size} bytes"
            raise tarfile.ReadError(msg)
        return self._inner.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()


def _tar_members(source: Path) -> Iterator[Member]:
    with _plain(source) as plain:
        # The stubs want a BinaryIO; tarfile asks for read, seek and tell only.
        bounded: object = _Bounded(plain)
        with tarfile.open(fileobj=bounded, mode="r:") as archive:  # type: ignore[call-overload]  # see above
            while (entry := archive.next()) is not None:
                yield _tar_member(archive, entry)
                archive.members.clear()  # otherwise every header stays in memory


def _plain(source: Path) -> IO[bytes]:
    if source.suffix in {".gz", ".tgz"}:
        return gzip.open(source)  # type: ignore[return-value]  # a GzipFile is IO[bytes] in all but the stubs
    return source.open("rb")


def _tar_member(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Member:
    if entry.isdir():
        return Member(entry.name, FOLDER)
    if entry.issym():
        return Member(entry.name, LINK, entry.linkname)
    if not entry.isreg():
        return Member(entry.name, OTHER)
    content = archive.extractfile(entry)
    return Member(entry.name, FILE, read=content.read) if content else Member(entry.name, OTHER)


def _zip_members(source: Path) -> Iterator[Member]:
    with zipfile.ZipFile(source) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                yield Member(entry.filename, FOLDER)
                continue
            with archive.open(entry) as content:
                yield _zip_member(entry, content)


def _zip_member(entry: zipfile.ZipInfo, content: IO[bytes]) -> Member:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return Member(entry.filename, LINK, content.read(_LONGEST_TARGET).decode(errors="replace"))
    if kind in {0, stat.S_IFREG}:
        return Member(entry.filename, FILE, read=content.read)
    return Member(entry.filename, OTHER)
