"""
One blob on its way into a registry: in chunks, continued where a broken connection left it.

Source: OCI distribution specification 1.1, "Pushing a blob in chunks". At most one chunk is in memory.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlencode

import requests

from modelport.progress import Progress
from modelport.store.blobs import ChangedWhileReadError
from modelport.store.descriptor import Descriptor
from modelport.store.meter import Meter
from modelport.store.registry_errors import RegistryError, UnreachableRegistryError, UploadLostError
from modelport.store.registry_transport import ATTEMPTS, HASHING_S, READ_S, Request, Transport

CHUNK_BYTES: Final = 16 << 20
_STARTS: Final = 5
"""Registries that cannot continue forget an upload with each broken connection; so often it is begun anew."""
_RANGE = re.compile(r"(?:bytes=)?0-(\d+)")
_FORGOTTEN: Final = frozenset({400, 404, 416})
_STATUS: Final = frozenset({200, 202, 204})


class _ForgottenError(Exception):
    """The registry knows this upload no longer, or confirms less than can be sent again."""


class Upload:
    """
    The upload of a blob into *repository*.

    *chunks* may be iterated a second time when it is no iterator (a list; an object that opens its source in
    ``__iter__``): only then can a blob be begun anew that the registry has forgotten.
    """

    def __init__(
        self,
        transport: Transport,
        repository: str,
        descriptor: Descriptor,
        chunks: Iterable[bytes],
        progress: Progress,
    ) -> None:
        self._transport = transport
        self._repository = repository
        self._scopes = (f"repository:{repository}:pull,push",)
        self._descriptor = descriptor
        self._chunks = chunks
        self._progress = progress
        self._location = ""
        self._confirmed = 0
        """Bytes that the registry has."""
        self._meter = Meter(f"uploading {descriptor.digest[:19]}", descriptor.size, progress)

    def run(self) -> None:
        """Upload. Raises `ChangedWhileReadError` when the bytes are not those announced; nothing is left then."""
        for start in range(1, _STARTS + 1):
            try:
                self._attempt()
            except _ForgottenError:
                again = iter(self._chunks) is not self._chunks
                if not again or start == _STARTS:
                    raise UploadLostError(self._transport.host, self._descriptor.digest) from None
                self._progress(f"registry {self._transport.host} forgot the upload: beginning anew ({start})")
            else:
                return

    def _attempt(self) -> None:
        begun = self._sent("POST", f"/v2/{self._repository}/blobs/uploads/", frozenset({202}), attempts=ATTEMPTS)
        self._location, self._confirmed = begun.headers["Location"], 0
        digest, size = hashlib.sha256(), 0
        for chunk in _rechunked(self._chunks):
            digest.update(chunk)
            size += len(chunk)
            self._put_chunk(chunk, size)
        found = f"sha256:{digest.hexdigest()}"
        if (found, size) != (self._descriptor.digest, self._descriptor.size):
            self._cancel()
            msg = (
                f"{self._descriptor.digest} was announced but {found} was read: the files changed meanwhile; try again"
            )
            raise ChangedWhileReadError(msg)
        self._complete()

    def _put_chunk(self, chunk: bytes, end: int) -> None:
        """Send *chunk*, which ends at *end* in the blob, until the registry has all of it."""
        start, failures = end - len(chunk), 0
        while self._confirmed < end:
            if self._confirmed < start:
                raise _ForgottenError  # bytes before this chunk are not in memory any more
            left = chunk[self._confirmed - start :]
            before = self._confirmed
            try:
                self._confirmed = self._patched(left)
            except UnreachableRegistryError as error:
                failures += 1
                if failures >= ATTEMPTS:
                    raise
                self._transport.wait(failures, error, self._progress)
                self._confirmed = self._status()
            failures = 0 if self._confirmed > before else failures

    def _patched(self, data: bytes) -> int:
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Range": f"{self._confirmed}-{self._confirmed + len(data) - 1}",
        }
        request = Request(
            "PATCH",
            self._location,
            self._scopes,
            frozenset({202}) | _FORGOTTEN,
            headers,
            data,
            attempts=1,
            sent=self._tell,
        )
        with self._transport.send(request, self._progress) as answer:
            pass
        if answer.status_code in _FORGOTTEN:
            return self._status()
        self._follow(answer)
        return _end(answer, self._confirmed + len(data))

    def _status(self) -> int:
        """Ask how much the registry has."""
        answer = self._sent("GET", self._location, _STATUS | _FORGOTTEN, attempts=ATTEMPTS)
        if answer.status_code in _FORGOTTEN:
            raise _ForgottenError
        self._follow(answer)
        return _end(answer, 0)

    def _complete(self) -> None:
        joint = "&" if "?" in self._location else "?"
        target = self._location + joint + urlencode({"digest": self._descriptor.digest})
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._sent("PUT", target, frozenset({201, 204}) | _FORGOTTEN, patience_s=HASHING_S)
            except UnreachableRegistryError as error:
                if attempt == ATTEMPTS:
                    raise
                self._transport.wait(attempt, error, self._progress)
                continue
            # The answer to an earlier try may have been lost on its way: then the blob is there.
            if answer.status_code in _FORGOTTEN and not self._is_there():
                raise _ForgottenError
            return

    def _is_there(self) -> bool:
        target = f"/v2/{self._repository}/blobs/{self._descriptor.digest}"
        return self._sent("HEAD", target, frozenset({200, 404}), attempts=ATTEMPTS).status_code != 404  # noqa: PLR2004 - HTTP's "not found"

    def _cancel(self) -> None:
        try:
            self._sent("DELETE", self._location, frozenset({200, 202, 204, 404}))
        except RegistryError:  # it expires by itself; the caller has a better reason to tell
            return

    def _tell(self, on_their_way: int) -> None:
        self._meter.at(self._confirmed + on_their_way)

    def _follow(self, answer: requests.Response) -> None:
        self._location = answer.headers.get("Location", self._location)

    def _sent(
        self,
        method: str,
        target: str,
        ok: frozenset[int],
        attempts: int = 1,
        patience_s: float = READ_S,
    ) -> requests.Response:
        request = Request(method, target, self._scopes, ok, attempts=attempts, patience_s=patience_s)
        with self._transport.send(request, self._progress) as answer:
            return answer


def _rechunked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut *chunks* anew, into pieces that are worth a request each."""
    kept = bytearray()
    for chunk in chunks:
        kept += chunk
        while len(kept) >= CHUNK_BYTES:
            yield bytes(kept[:CHUNK_BYTES])
            del kept[:CHUNK_BYTES]
    if kept:
        yield bytes(kept)


def _end(answer: requests.Response, otherwise: int) -> int:
    """
    Read how many bytes the registry has from ``Range``, which names the last one.

    ``0-0`` is what registries say of none, though it names one byte.
    """
    match = _RANGE.fullmatch(answer.headers.get("Range", ""))
    last = int(match[1]) if match else otherwise - 1
    return last + 1 if last > 0 else 0
