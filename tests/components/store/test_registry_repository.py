"""Tests of `modelport.store.registry_repository` and what is below it, against a real registry."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from modelport.errors import CancelledError
from modelport.progress import silent
from modelport.store import registry_upload
from modelport.store.blobs import ChangedWhileReadError
from modelport.store.chunks import Chunks
from modelport.store.descriptor import LAYER_TYPE, MANIFEST_TYPE, Descriptor, artifact_manifest, digest_of
from modelport.store.errors import CorruptBlobError, InvalidReferenceError
from modelport.store.open_repository import open_repository
from modelport.store.registry_errors import RegistryError, UploadLostError
from modelport.store.repository import Repository

from tests.services.cutting_proxy import CuttingProxy
from tests.services.registry import Registry

pytestmark = pytest.mark.slow

MB = 1 << 20
Cut = Callable[..., tuple[CuttingProxy, Repository]]


def megabytes(count: int) -> Iterator[bytes]:
    """Make megabytes that differ."""
    return (number.to_bytes(8, "big") * (MB // 8) for number in range(count))


def described(count: int) -> Descriptor:
    """Describe `megabytes`."""
    digest = hashlib.sha256()
    for chunk in megabytes(count):
        digest.update(chunk)
    return Descriptor(LAYER_TYPE, f"sha256:{digest.hexdigest()}", count * MB)


@pytest.fixture(name="repository")
def empty_repository(registry: Registry) -> Repository:
    """Open a repository that nobody has written to."""
    return open_repository(registry.store, "models/net", Path())


@pytest.fixture(name="cut")
def opened_behind_a_cutting_proxy(registry: Registry) -> Iterator[Cut]:
    """Open the same repository through a proxy that breaks connections."""
    proxies: list[CuttingProxy] = []

    def through(**breaks: object) -> tuple[CuttingProxy, Repository]:
        proxies.append(CuttingProxy(registry.host, **breaks).__enter__())  # type: ignore[arg-type]  # as the test says
        return proxies[-1], open_repository(f"oci+http://{proxies[-1].host}/team", "models/net", Path())

    yield through
    for proxy in proxies:
        proxy.__exit__()


def _damaged(registry: Registry, descriptor: Descriptor, data: bytes) -> None:
    digest = descriptor.digest.removeprefix("sha256:")
    (registry.storage / "blobs" / "sha256" / digest[:2] / digest / "data").write_bytes(data)


def test_what_was_written_is_read(repository: Repository) -> None:
    """
    Blobs and manifests come back byte for byte, by digest and by tag; what is not there is ``None``, or nothing.
    """
    blob = Descriptor.of(LAYER_TYPE, b"weights")
    before = (repository.resolve("1"), list(repository.tags()), repository.has(blob))
    repository.write(blob, [b"wei", b"ghts"], silent)
    repository.write(Descriptor.of("application/vnd.oci.empty.v1+json", b"{}"), [b"{}"], silent)
    manifest = repository.put_manifest(MANIFEST_TYPE, artifact_manifest("a/b", [blob], {}), "1")

    assert (None, [], False) == before
    assert repository.has(blob)
    with repository.open(blob) as reader:
        assert b"weights" == reader.read()
    found = repository.resolve("1")
    assert found is not None
    assert (manifest.digest, manifest.size) == (found.digest, found.size)
    assert [blob.document()] == json.loads(repository.manifest(manifest))["layers"]
    assert ["1"] == repository.tags()


def test_long_lists_come_in_pages(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Every page is fetched.
    """
    monkeypatch.setattr("modelport.store.registry_client._PAGE", 2)
    repository.write(Descriptor.of("application/vnd.oci.empty.v1+json", b"{}"), [b"{}"], silent)
    for number in range(5):
        repository.put_manifest(MANIFEST_TYPE, artifact_manifest("a/b", [], {}), str(number))

    assert ["0", "1", "2", "3", "4"] == repository.tags()


def test_parts_are_read_where_they_are(repository: Repository) -> None:
    """
    Jumping ahead and back gives the bytes at that place.
    """
    blob = described(3)
    repository.write(blob, Chunks(lambda: megabytes(3)), silent)
    with repository.open_parts(blob) as parts:
        parts.seek(2 * MB)
        third = parts.read(16)
        parts.seek(8)

        assert ((2).to_bytes(8, "big") * 2, bytes(8)) == (third, parts.read(8))


def test_blobs_are_mounted_from_a_neighbour(registry: Registry, repository: Repository) -> None:
    """
    No bytes move; a blob that the neighbour has not is not mounted.
    """
    blob = Descriptor.of(LAYER_TYPE, b"weights")
    repository.write(blob, [b"weights"], silent)
    image = open_repository(registry.store, "images/net", Path())

    assert [True, False] == [image.mount(blob, "models/net"), image.mount(described(1), "models/net")]
    assert image.has(blob)


def test_an_upload_continues_where_it_was_cut(cut: Cut, registry: Registry) -> None:
    """
    Three cuts cost at most the three chunks that were on their way.
    """
    proxy, repository = cut(up=[20 * MB, 60 * MB, 90 * MB])
    told: list[str] = []
    blob = described(100)
    repository.write(blob, Chunks(lambda: megabytes(100)), told.append)

    assert repository.has(blob)
    assert 100 * MB < proxy.sent <= 100 * MB + 3 * registry_upload.CHUNK_BYTES
    assert any("the connection was lost; trying again (1 of 4)" in line for line in told)


def test_an_upload_that_the_registry_forgot_begins_anew(cut: Cut) -> None:
    """
    docker-registry forgets an upload of which it got half a request; from a source that can be read again it goes on.
    """
    _, repository = cut(up=[20 * MB], leaks=True)
    blob = described(24)
    repository.write(blob, Chunks(lambda: megabytes(24)), silent)

    assert repository.has(blob)


def test_an_upload_from_a_stream_cannot_begin_anew(cut: Cut) -> None:
    """
    What can be read only once is an error then, with the way out.
    """
    _, repository = cut(up=[20 * MB], leaks=True)

    with pytest.raises(UploadLostError, match=r"lost the upload of blob sha256:.*; run the command again"):
        repository.write(described(24), megabytes(24), silent)


def test_other_bytes_than_announced_are_not_kept(registry: Registry, repository: Repository) -> None:
    """
    The upload is cancelled, and nothing is left of it.
    """
    with pytest.raises(ChangedWhileReadError):
        repository.write(Descriptor.of(LAYER_TYPE, b"weights"), [b"changed"], silent)

    assert [] == [path for path in registry.storage.rglob("data") if path.is_file()]


def test_a_cancelled_upload_leaves_no_blob(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Cancelling is heard while bytes are sent.
    """
    blob = described(40)
    monkeypatch.setattr("modelport.store.meter._TELL_EVERY_S", 0)

    def cancelled(line: str) -> None:
        if line.startswith("uploading") and ": 5 of" in line:  # in the midst of a chunk
            raise CancelledError

    with pytest.raises(CancelledError):
        repository.write(blob, Chunks(lambda: megabytes(40)), cancelled)
    assert not repository.has(blob)


def test_a_download_continues_where_it_was_cut(cut: Cut) -> None:
    """
    The bytes are the announced ones, and none is fetched twice but those in flight.
    """
    proxy, repository = cut(down=[5 * MB, 11 * MB])
    blob = described(16)
    repository.write(blob, Chunks(lambda: megabytes(16)), silent)
    with repository.open(blob) as reader:
        data = reader.read()

    assert blob.digest == digest_of(data)
    assert proxy.received < 20 * MB


@pytest.mark.parametrize("data", [b"weighty", b"weight", b"weights!"])
def test_a_corrupt_blob_is_found_and_named(registry: Registry, repository: Repository, data: bytes) -> None:
    """
    Changed, missing or added bytes are an error with digest, registry, repository and way out.
    """
    blob = Descriptor.of(LAYER_TYPE, b"weights")
    repository.write(blob, [b"weights"], silent)
    _damaged(registry, blob, data)

    with pytest.raises(CorruptBlobError) as error, repository.open(blob) as reader:
        reader.read()
    assert f"blob {blob.digest} is corrupt: registry {registry.host}, repository 'team/models/net', holds " in str(
        error.value
    )
    assert "register or build it again" in str(error.value)


def test_a_corrupt_manifest_is_found_and_named(registry: Registry, repository: Repository) -> None:
    """
    A manifest is verified like any blob, whatever the registry thinks of it.
    """
    repository.write(Descriptor.of("application/vnd.oci.empty.v1+json", b"{}"), [b"{}"], silent)
    manifest = repository.put_manifest(MANIFEST_TYPE, artifact_manifest("a/b", [], {}), "1")
    _damaged(registry, manifest, artifact_manifest("a/c", [], {}))

    with pytest.raises(CorruptBlobError, match=manifest.digest):
        repository.manifest(manifest)


def test_a_name_that_no_registry_takes_is_refused_before_anything_is_asked() -> None:
    """
    The error says what a repository's name is made of.
    """
    with pytest.raises(InvalidReferenceError, match="'models/Net' cannot be a repository"):
        open_repository("oci://registry.example.com/team", "models/Net", Path())


def test_a_refusal_says_what_the_registry_says(registry: Registry, repository: Repository) -> None:
    """
    Status, code and message of the registry are part of the line.
    """
    missing = Descriptor.of(LAYER_TYPE, b"never written")

    with pytest.raises(RegistryError, match=rf"{registry.host} refuses .*status 400 \(MANIFEST_BLOB_UNKNOWN"):
        repository.put_manifest(MANIFEST_TYPE, artifact_manifest("a/b", [missing], {}), "1")


_UPLOAD = """
import sys
from pathlib import Path
from tests.components.store.test_registry_repository import described, megabytes
from modelport.store.chunks import Chunks
from modelport.store.open_repository import open_repository
peak = lambda: int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
count = int(sys.argv[2])
blob, repository = described(count), open_repository(sys.argv[1], "models/net", Path())
before = peak()
repository.write(blob, Chunks(lambda: megabytes(count)), lambda line: None)
with repository.open(blob) as reader:
    while reader.read(1 << 20):
        pass
print(peak() - before)
"""


def test_a_large_model_takes_little_memory_and_survives_cuts(cut: Cut) -> None:
    """
    2 GB go up and come down in less than 200 MB of memory; three cuts cost less than a tenth.
    """
    proxy, _ = cut(up=[300 * MB, 1000 * MB, 1900 * MB], down=[2500 * MB])
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", _UPLOAD, f"oci+http://{proxy.host}/team", "2048"],
        cwd=root,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(done.stdout) < 200_000
    assert 2048 * MB < proxy.sent < 1.1 * 2048 * MB
