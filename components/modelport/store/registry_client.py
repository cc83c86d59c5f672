"""What one registry can do, repository by repository. Source: OCI distribution specification 1.1."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, cast
from urllib.parse import urlencode

import requests
from urllib3.exceptions import HTTPError

from modelport.progress import Progress, silent
from modelport.store.descriptor import INDEX_TYPE, MANIFEST_TYPE, Descriptor, Document, digest_of
from modelport.store.errors import CorruptBlobError
from modelport.store.registry_blob import BlobSource, PartsReader, RegistryBlobReader
from modelport.store.registry_errors import RegistryDeniedError, RegistryError, UnreachableRegistryError, reason_of
from modelport.store.registry_transport import Request, Transport
from modelport.store.registry_upload import Upload

MANIFEST_BYTES: Final = 4 << 20
"""More than this is no manifest; registries have the same bound."""
_DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
_DOCKER_INDEX: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
_ACCEPTED: Final = f"{MANIFEST_TYPE}, {INDEX_TYPE}, {_DOCKER_MANIFEST}, {_DOCKER_INDEX}"
_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?')
_FOUND: Final = frozenset({200})
_MAYBE: Final = frozenset({200, 404})
_MISSING: Final = 404
_CREATED: Final = 201
_PAGE: Final = 500


class RegistryClient:
    """
    A registry. *repository* is always the full path, the store's prefix included.

    Every method raises `modelport.store.registry_errors.RegistryError`.
    """

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    @property
    def host(self) -> str:
        """The registry's host, with its port."""
        return self.transport.host

    def resolve(self, repository: str, tag: str) -> Descriptor | None:
        """Say what *tag* names now; ``None`` when it names nothing."""
        request = Request("HEAD", *self._manifest(repository, tag), ok=_MAYBE, headers={"Accept": _ACCEPTED})
        with self.transport.send(request) as response:
            if response.status_code == _MISSING:
                return None
            digest, size = response.headers.get("Docker-Content-Digest"), response.headers.get("Content-Length")
        if digest and size:
            return Descriptor(response.headers.get("Content-Type", ""), digest, int(size))
        found = self.manifest(repository, tag)
        return found and Descriptor.of(*found)

    def manifest(self, repository: str, reference: str) -> tuple[str, bytes] | None:
        """
        Read media type and bytes of a manifest by tag or digest; ``None`` when there is none.

        Raises `CorruptBlobError` when the bytes are not what the registry, or the digest, says.
        """
        request = Request("GET", *self._manifest(repository, reference), ok=_MAYBE, headers={"Accept": _ACCEPTED})
        with self.transport.send(request) as response:
            if response.status_code == _MISSING:
                return None
            data = self._body(response, MANIFEST_BYTES)
        announced = reference if ":" in reference else response.headers.get("Docker-Content-Digest")
        if announced and digest_of(data) != announced:
            place = f"registry {self.host}, repository {repository!r},"
            way_out = "delete that manifest there, then register or build it again"
            raise CorruptBlobError(announced, place, f"holds {digest_of(data)}", way_out)
        return response.headers.get("Content-Type", "").partition(";")[0], data

    def put_manifest(self, repository: str, media_type: str, data: bytes, tag: str | None = None) -> Descriptor:
        """Store a manifest under its digest, or under *tag* as well."""
        descriptor = Descriptor.of(media_type, data)
        target, _ = self._manifest(repository, tag or descriptor.digest)
        headers = {"Content-Type": media_type}
        scopes = (f"repository:{repository}:pull,push",)
        self.transport.send(Request("PUT", target, scopes, frozenset({_CREATED, 200, 202}), headers, data)).close()
        return descriptor

    def delete_manifest(self, repository: str, digest: str) -> None:
        """Delete a manifest and the tags that name it; gone already is no error."""
        target, _ = self._manifest(repository, digest)
        scopes = (f"repository:{repository}:delete",)
        try:
            self.transport.send(Request("DELETE", target, scopes, frozenset({200, 202, 204, _MISSING}))).close()
        except UnreachableRegistryError:
            raise
        except RegistryError as error:
            msg = (
                f"{error}; deleting may have to be enabled: the registry's own setting "
                "(REGISTRY_STORAGE_DELETE_ENABLED=true for docker-registry), or a role that may delete"
            )
            raise RegistryError(msg) from None

    def tags(self, repository: str) -> list[str]:
        """List the tags of *repository*, sorted; none when it does not exist."""
        pages = self._pages(f"/v2/{repository}/tags/list", f"repository:{repository}:pull")
        return sorted({tag for page in pages for tag in page.get("tags") or []})

    def repositories(self) -> list[str]:
        """List the repositories, sorted. Public services refuse this."""
        return sorted({name for page in self._pages("/v2/_catalog", "registry:catalog:*")
                       for name in page.get("repositories") or []})  # fmt: skip

    def has(self, repository: str, descriptor: Descriptor) -> bool:
        """Say whether the blob is there, in its full size."""
        target = f"/v2/{repository}/blobs/{descriptor.digest}"
        with self.transport.send(Request("HEAD", target, (f"repository:{repository}:pull",), _MAYBE)) as response:
            size = response.headers.get("Content-Length", str(descriptor.size))
            return response.status_code != _MISSING and size == str(descriptor.size)

    def open(self, repository: str, descriptor: Descriptor) -> BinaryIO:
        """Open a blob for reading from start to end; reading it to the end verifies it."""
        return cast("BinaryIO", RegistryBlobReader(BlobSource(self.transport, repository, descriptor)))

    def open_parts(self, repository: str, descriptor: Descriptor) -> PartsReader:
        """Open a blob for reading anywhere in it, not verified."""
        return PartsReader(BlobSource(self.transport, repository, descriptor))

    def upload(
        self, repository: str, descriptor: Descriptor, chunks: Iterable[bytes], progress: Progress = silent
    ) -> None:
        """Upload a blob; see `Upload` for what *chunks* may be."""
        Upload(self.transport, repository, descriptor, chunks, progress).run()

    def mount(self, repository: str, descriptor: Descriptor, other: str) -> bool:
        """Take a blob over from repository *other*; say whether the registry did."""
        query = urlencode({"mount": descriptor.digest, "from": other})
        scopes = (f"repository:{repository}:pull,push", f"repository:{other}:pull")
        target = f"/v2/{repository}/blobs/uploads/?{query}"
        try:
            with self.transport.send(Request("POST", target, scopes, frozenset({_CREATED, 202}))) as response:
                mounted = response.status_code == _CREATED
        except RegistryDeniedError:  # perhaps of the other repository only: the upload will tell
            return False
        if not mounted and (location := response.headers.get("Location")):  # it began an upload instead
            self.transport.send(Request("DELETE", location, scopes[:1], frozenset(range(200, 500)))).close()
        return mounted

    def _manifest(self, repository: str, reference: str) -> tuple[str, tuple[str]]:
        return f"/v2/{repository}/manifests/{reference}", (f"repository:{repository}:pull",)

    def _pages(self, target: str, scope: str) -> Iterator[Document]:
        ahead: str | None = f"{target}?n={_PAGE}"
        seen: set[str] = set()
        while ahead and ahead not in seen:
            seen.add(ahead)
            with self.transport.send(Request("GET", ahead, (scope,), _FOUND | {_MISSING})) as response:
                if response.status_code == _MISSING:
                    return
                page = self._json(self._body(response, MANIFEST_BYTES))
            yield page
            link = _NEXT.search(response.headers.get("Link", ""))
            ahead = link[1] if link else None

    def _body(self, response: requests.Response, limit: int) -> bytes:
        try:
            data: bytes = response.raw.read(limit + 1, decode_content=True)
            while more := len(data) <= limit and response.raw.read(limit + 1 - len(data), decode_content=True):
                data += more
        except (HTTPError, OSError) as error:
            raise UnreachableRegistryError(self.host, reason_of(error)) from None
        if len(data) > limit:
            msg = f"registry {self.host} sends more than {limit} bytes where a manifest or a list was asked for"
            raise RegistryError(msg)
        return data

    def _json(self, data: bytes) -> Document:
        try:
            document = json.loads(data)
        except ValueError:
            document = None
        if isinstance(document, dict):
            return document
        msg = f"registry {self.host} answers with something else than JSON; is it a registry?"
        raise RegistryError(msg)
