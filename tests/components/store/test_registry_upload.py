"""Tests of `modelport.store.registry_upload` at registries that keep what they got of a broken request."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from modelport.progress import silent
from modelport.store.chunks import Chunks
from modelport.store.credentials import Credentials
from modelport.store.descriptor import LAYER_TYPE, Descriptor
from modelport.store.registry_client import RegistryClient
from modelport.store.registry_errors import UploadLostError
from modelport.store.registry_transport import Transport

DATA = bytes(range(256)) * 1000
BLOB = Descriptor.of(LAYER_TYPE, DATA)
CHUNK = 100_000


class Keeper:
    """
    Stand-in for registries that keep half requests (docker-registry does not): one upload at a time.

    Cuts the first request with data after *kept* bytes of it, or forgets its newest *lost* bytes then.
    Source of what is modelled: OCI distribution specification 1.1, "Pushing a blob in chunks", resuming.
    """

    def __init__(self, kept: int, lost: int = 0) -> None:
        self.kept, self.lost = kept, lost
        self.data = b""
        self.cuts = 1
        self.begun = 0
        self.host = ""

    def take(self, data: bytes, offset: int) -> bool:
        """Keep *data*; say whether the connection holds."""
        if offset != len(self.data):
            return False
        if offset and self.cuts:
            self.cuts -= 1
            self.data = (self.data + data[: self.kept])[: len(self.data) + self.kept - self.lost]
            return False
        self.data += data
        return True


class _Handler(BaseHTTPRequestHandler):
    keeper: Keeper

    def do_POST(self) -> None:
        self.keeper.begun += 1
        self.keeper.data = b""
        self._say(202)

    def do_PATCH(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.keeper.take(data, int(self.headers["Content-Range"].partition("-")[0])):
            self._say(202)

    def do_GET(self) -> None:
        self._say(204)

    def do_PUT(self) -> None:
        right = self.path.endswith(hashlib.sha256(self.keeper.data).hexdigest())
        self._say(201 if right else 400)

    def do_HEAD(self) -> None:
        self._say(404)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _say(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Location", "/upload")
        self.send_header("Range", f"0-{max(len(self.keeper.data) - 1, 0)}")
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture(name="client")
def client_of_a_keeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Keeper], RegistryClient]]:
    """Start stand-ins, and clients that send small chunks and do not wait."""
    monkeypatch.setattr("modelport.store.registry_upload.CHUNK_BYTES", CHUNK)
    servers: list[ThreadingHTTPServer] = []

    def start(keeper: Keeper) -> RegistryClient:
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"keeper": keeper}))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        servers.append(server)
        host = f"127.0.0.1:{server.server_port}"
        return RegistryClient(Transport(host, Credentials(), plain=True, sleep=lambda _seconds: None))

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("kept", [0, 1, 40_000, CHUNK])
def test_an_upload_goes_on_in_the_midst_of_a_chunk(client: Callable[[Keeper], RegistryClient], kept: int) -> None:
    """
    What the registry has confirmed is not sent again, even if only its answer was lost; from a stream, too.
    """
    keeper = Keeper(kept)
    client(keeper).upload("team/net", BLOB, iter([DATA]), silent)

    assert (DATA, 1) == (keeper.data, keeper.begun)


def test_a_registry_that_lost_confirmed_bytes_gets_all_again(client: Callable[[Keeper], RegistryClient]) -> None:
    """
    Bytes before the chunk in memory can come from the source only: begun anew, or an error for a stream.
    """
    keeper = Keeper(0, lost=5)
    client(keeper).upload("team/net", BLOB, Chunks(lambda: [DATA]), silent)

    assert (DATA, 2) == (keeper.data, keeper.begun)
    with pytest.raises(UploadLostError):
        client(Keeper(0, lost=5)).upload("team/net", BLOB, iter([DATA]), silent)
