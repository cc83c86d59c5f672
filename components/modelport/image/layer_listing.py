"""What one layer of an image made elsewhere changes: read as a stream, in bounded memory, believing nothing."""

import gzip
import hashlib
import io
import re
import tarfile
import zlib
from typing import IO, BinaryIO, Final, cast

from modelport.image.image_error import ImageError
from modelport.image.layer_tree import FILE, FOLDER, LINK, OTHER, Entry, LayerListing, LayerTree
from modelport.store.descriptor import Descriptor
from modelport.store.meter import Meter

UNPACKED_LIMIT: Final = 32 << 30
"""Bytes of one layer: several times the largest that are published, and minutes of reading."""
ENTRIES_LIMIT: Final = 2_000_000
_HEADER_LIMIT: Final = 1 << 20
"""Bytes that one header (a long name, extended attributes) may take."""
_CHUNK: Final = 1 << 20
_LIBC_CHUNKS: Final = 8
_LONGEST_PATH: Final = 4096
_OTHERS_RUN: Final = 0o001

WHITEOUT: Final = ".wh."
OPAQUE: Final = ".wh..wh..opq"
_LIBC: Final = re.compile(r"libc(-(?P<version>2\.\d+))?\.so(\.6)?")
_LIBC_VERSION: Final = re.compile(rb"GNU C Library [^\n\0]{0,200}?version (2\.\d+)")


def list_layer(stream: BinaryIO, layer: Descriptor, diff_id: str, below: LayerTree, meter: Meter) -> LayerListing:
    """
    Read a whole layer from *stream*: what it changes of the layers *below*. *meter* counts compressed bytes.

    Raises `ImageError` when its uncompressed bytes are not those of *diff_id*, when it is no tar, or past the limits.
    """
    if layer.media_type.endswith("+zstd"):
        msg = f"layer {layer.digest} is compressed with zstd, which is not read here: use the image's gzip variant"
        raise ImageError(msg)
    plain = _Plain(_uncompressed(_Metered(stream, meter), layer), layer)
    try:
        listing = _list(plain, layer, below)
        plain.drain()
    except (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError, ValueError, OverflowError) as error:
        msg = f"layer {layer.digest} is damaged ({error}): build or pull the image again"
        raise ImageError(msg) from error
    if plain.digest() != diff_id:
        msg = f"layer {layer.digest} unpacks to {plain.digest()}, its image says {diff_id}: build the image again"
        raise ImageError(msg)
    return listing


class _Metered(io.RawIOBase):
    """A stream whose bytes are counted while they are read."""

    def __init__(self, inner: IO[bytes], meter: Meter) -> None:
        self._inner = inner
        self._meter = meter

    def read(self, size: int = -1) -> bytes:
        data = self._inner.read(size)
        self._meter.add(len(data))
        return data


class _Plain(io.RawIOBase):
    """The uncompressed bytes, hashed on the way: forward only, and never much at once, whatever a header states."""

    def __init__(self, inner: IO[bytes], layer: Descriptor) -> None:
        self._inner = inner
        self._layer = layer
        self._hash = hashlib.sha256()
        self._at = 0

    def digest(self) -> str:
        """Digest of all that was read."""
        return f"sha256:{self._hash.hexdigest()}"

    def drain(self) -> None:
        """Read what is behind the archive's end."""
        while self._next(_CHUNK):
            pass

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _HEADER_LIMIT:
            msg = f"an entry's header takes {size} bytes"
            raise tarfile.ReadError(msg)
        data = self._next(size)
        while len(data) < size and (more := self._next(size - len(data))):
            data += more
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or offset < self._at:
            msg = "an entry has a negative size"
            raise tarfile.ReadError(msg)
        while self._at < offset and self._next(min(_CHUNK, offset - self._at)):
            pass
        return self._at

    def tell(self) -> int:
        return self._at

    def _next(self, size: int) -> bytes:
        data = self._inner.read(size)
        self._hash.update(data)
        self._at += len(data)
        if self._at > UNPACKED_LIMIT:
            msg = f"layer {self._layer.digest} unpacks to more than {UNPACKED_LIMIT >> 30} GB: use a smaller image"
            raise ImageError(msg)
        return data


def _uncompressed(stream: io.RawIOBase, layer: Descriptor) -> IO[bytes]:
    plain = gzip.GzipFile(fileobj=stream) if layer.media_type.endswith("+gzip") else stream
    return cast("IO[bytes]", plain)  # in all but the stubs


def _list(plain: _Plain, layer: Descriptor, below: LayerTree) -> LayerListing:
    listing = LayerListing()
    # The stubs want a BinaryIO; tarfile asks for read, seek and tell only.
    with tarfile.open(fileobj=cast("BinaryIO", plain), mode="r:") as archive:
        count = 0
        while (member := archive.next()) is not None:
            count += 1
            if count > ENTRIES_LIMIT:
                msg = f"layer {layer.digest} holds more than {ENTRIES_LIMIT} files: use a smaller image"
                raise ImageError(msg)
            _add(listing, archive, member, below)
            archive.members.clear()  # type: ignore[attr-defined]  # otherwise every header stays in memory
    return listing


def _add(listing: LayerListing, archive: tarfile.TarFile, member: tarfile.TarInfo, below: LayerTree) -> None:
    parts = [part for part in member.name.split("/") if part not in {"", "."}]
    if not parts or ".." in parts or max(len(member.name), len(member.linkname)) > _LONGEST_PATH:
        return  # container engines refuse them, too
    folder, name = "/".join(parts[:-1]), parts[-1]
    if name == OPAQUE and below.knows(folder):
        listing.emptied.add(folder)
    elif name.startswith(WHITEOUT):
        _remove(listing, "/".join([*parts[:-1], name.removeprefix(WHITEOUT)]), below)
    else:
        _put(listing, "/".join(parts), _entry(archive, member, name), below)


def _put(listing: LayerListing, path: str, entry: Entry, below: LayerTree) -> None:
    if entry.kind == FOLDER:
        matters = not entry.is_open or path in below.entries
    else:
        matters = entry.kind == LINK or below.wants(path)
        _remove(listing, path, below)  # where a folder was
    if matters:
        listing.entries[path] = entry
    else:
        listing.entries.pop(path, None)


def _remove(listing: LayerListing, path: str, below: LayerTree) -> None:
    if below.knows(path):
        listing.removed.add(path)


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> Entry:
    is_open = bool(member.mode & _OTHERS_RUN)
    if member.isdir():
        return Entry(FOLDER, is_open)
    if member.issym():
        return Entry(LINK, target=member.linkname)
    if not (member.isreg() or member.islnk()):
        return Entry(OTHER)
    match = _LIBC.fullmatch(name)
    version = (match["version"] or _libc_version(archive, member)) if match and member.isreg() else ""
    return Entry(FILE, is_open, libc=version)


def _libc_version(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    content = archive.extractfile(member)
    data = b"".join(content.read(_CHUNK) for _ in range(_LIBC_CHUNKS)) if content else b""
    found = _LIBC_VERSION.search(data)
    return found[1].decode() if found else ""
