"""Reading a blob of a registry: whole, continued where the connection broke; or in parts, for what lists a tar."""

import io
from typing import Final

import requests
from urllib3.exceptions import HTTPError

from modelport.progress import silent
from modelport.store.descriptor import Descriptor
from modelport.store.errors import CorruptBlobError
from modelport.store.registry_errors import UnreachableRegistryError, reason_of
from modelport.store.registry_transport import ATTEMPTS, Request, Transport
from modelport.store.verified import CHUNK, VerifiedReader

_WHOLE: Final = 200
_PART: Final = 206
_MISSING: Final = 404
_BEHIND_THE_END: Final = 416


class BlobSource:
    """The blob of *descriptor* in *repository*."""

    def __init__(self, transport: Transport, repository: str, descriptor: Descriptor) -> None:
        self.transport = transport
        self.descriptor = descriptor
        self._target = f"/v2/{repository}/blobs/{descriptor.digest}"
        self._place = f"registry {transport.host}, repository {repository!r},"
        self._scopes = (f"repository:{repository}:pull",)

    def corrupt(self, found: str) -> CorruptBlobError:
        """Make the error that says where the blob is and what was *found*."""
        way_out = "delete it there, let the registry collect its garbage, then register or build it again"
        return CorruptBlobError(self.descriptor.digest, self._place, found, way_out)

    def get(self, start: int) -> requests.Response:
        """Ask for the bytes from *start* on; the answer's body begins there."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        ok = frozenset({_WHOLE, _PART, _MISSING, _BEHIND_THE_END})
        response = self.transport.send(Request("GET", self._target, self._scopes, ok, headers))
        if response.status_code in {_MISSING, _BEHIND_THE_END}:
            response.close()
            raise self.corrupt("does not have it" if response.status_code == _MISSING else "has fewer bytes of it")
        skip = start if response.status_code == _WHOLE else 0  # some registries know no ranges
        while skip:
            skip -= len(response.raw.read(min(skip, CHUNK))) or skip
        return response


class RegistryBlobReader(VerifiedReader):
    """Reads a blob of a registry from start to end."""

    def __init__(self, source: BlobSource) -> None:
        super().__init__(source.descriptor)
        self._source = source
        self._offset = 0
        self._response: requests.Response | None = source.get(0)
        size = self._response.headers.get("Content-Length")
        if size is not None and size != str(source.descriptor.size):
            self.close()
            found = f"holds {size} bytes instead of {source.descriptor.size}"
            raise self._corrupt(found)

    def close(self) -> None:
        """Drop the connection."""
        if self._response is not None:
            self._response.close()
        super().close()

    def _take(self, size: int) -> bytes:
        failures = 0
        while self._offset < self._descriptor.size:
            try:
                if self._response is None:
                    self._response = self._source.get(self._offset)
                data: bytes = self._response.raw.read(min(size, self._descriptor.size - self._offset))
                if data:
                    self._offset += len(data)
                    return data
                error = UnreachableRegistryError(self._source.transport.host, "the connection was lost")
            except (HTTPError, OSError) as broken:
                error = UnreachableRegistryError(self._source.transport.host, reason_of(broken))
            failures += 1
            if failures >= ATTEMPTS:
                raise error
            self._drop()
            self._source.transport.wait(failures, error, silent)
        return b""

    def _drop(self) -> None:
        if self._response is not None:
            self._response.close()
        self._response = None

    def _corrupt(self, found: str) -> CorruptBlobError:
        return self._source.corrupt(found)


class PartsReader(io.RawIOBase):
    """Reads anywhere in a blob, one request for each jump; bytes are not verified."""

    def __init__(self, source: BlobSource) -> None:
        self._source = source
        self._offset = 0
        self._response: requests.Response | None = None

    def readable(self) -> bool:
        """Say that this stream is for reading."""
        return True

    def seekable(self) -> bool:
        """Say that this stream jumps."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Jump; the request is made by the next read."""
        bases = {io.SEEK_SET: 0, io.SEEK_CUR: self._offset, io.SEEK_END: self._source.descriptor.size}
        target = bases[whence] + offset
        if target != self._offset:
            self._drop()
        self._offset = target
        return target

    def tell(self) -> int:
        """Say where the next read begins."""
        return self._offset

    def readinto(self, buffer: object) -> int:
        """Fill *buffer*, a writable bytes-like object; gives the number of bytes."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase's protocol names no public buffer type
        if self._offset >= self._source.descriptor.size or not view:
            return 0
        try:
            self._response = self._response or self._source.get(self._offset)
            data: bytes = self._response.raw.read(len(view))
        except (HTTPError, OSError) as error:
            raise UnreachableRegistryError(self._source.transport.host, reason_of(error)) from None
        view[: len(data)] = data
        self._offset += len(data)
        return len(data)

    def close(self) -> None:
        """Drop the connection."""
        self._drop()
        super().close()

    def _drop(self) -> None:
        if self._response is not None:
            self._response.close()
        self._response = None
