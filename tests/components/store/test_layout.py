"""Tests of `modelport.store.layout`."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from modelport.errors import CancelledError
from modelport.store.blobs import ChangedWhileReadError
from modelport.store.descriptor import Descriptor
from modelport.store.errors import CorruptBlobError, NotWritableError, StoreError
from modelport.store.layout import LayoutStore

_DATA = b"weights" * 1000
_BLOB = Descriptor.of("application/octet-stream", _DATA)


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_reading_makes_nothing(store: LayoutStore) -> None:
    """
    Looking into a store that is not there finds nothing and leaves nothing.
    """
    assert [] == store.index().entries()
    assert not store.has(_BLOB)
    assert not store.root.exists()


def test_what_is_written_is_an_image_layout(store: LayoutStore) -> None:
    """
    The files that the OCI image layout names are there, and say what it says.
    """
    store.write(_BLOB, [_DATA])
    with store.transaction() as index:
        index.put("models/diabetes:1", _BLOB)

    assert {"imageLayoutVersion": "1.0.0"} == json.loads((store.root / "oci-layout").read_bytes())
    listed = json.loads((store.root / "index.json").read_bytes())
    assert (listed["schemaVersion"], listed["mediaType"]) == (2, "application/vnd.oci.image.index.v1+json")
    assert [
        {
            "mediaType": "application/octet-stream",
            "digest": _BLOB.digest,
            "size": 7000,
            "annotations": {"org.opencontainers.image.ref.name": "models/diabetes:1"},
        }
    ] == listed["manifests"]
    assert _DATA == (store.root / "blobs" / "sha256" / _BLOB.digest.removeprefix("sha256:")).read_bytes()


def test_a_name_is_listed_once(store: LayoutStore) -> None:
    """
    Putting a name again replaces what had it; dropping it leaves the others.
    """
    other = Descriptor.of("text/plain", b"other")
    with store.transaction() as index:
        index.put("a", _BLOB)
        index.put("b", _BLOB)
        index.put("a", other)
        index.drop("b")

    assert {"a": other.digest} == {name: entry.digest for name, entry in store.index().names().items()}


def test_a_failed_transaction_changes_nothing(store: LayoutStore) -> None:
    """
    An exception inside leaves index and ledger as they were.
    """
    with store.transaction() as index:
        index.put("a", _BLOB)
    before = {name: (store.root / name).read_bytes() for name in _files(store.root)}

    def change() -> None:
        with store.transaction() as index:
            index.put("b", _BLOB)
            index.ledger["x"] = 1
            raise CancelledError

    with pytest.raises(CancelledError):
        change()
    assert before == {name: (store.root / name).read_bytes() for name in _files(store.root)}


def test_transactions_wait_for_each_other(store: LayoutStore) -> None:
    """
    A second writer tells that it waits, and can be cancelled while it does.
    """
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        raise CancelledError

    entered = threading.Event()
    leave = threading.Event()

    def hold() -> None:
        with store.transaction():
            entered.set()
            leave.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait(20)
    try:
        with pytest.raises(CancelledError), store.transaction(tell):
            pass
    finally:
        leave.set()
        holder.join()

    assert [f"waiting for another writer of store {store.root}"] == lines


def _broken(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "missing":
        path.unlink()
        return
    if how == "truncated":
        del data[-1]
    elif how == "flipped":
        data[3] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["missing", "truncated", "flipped"])
def test_corrupt_blobs_are_found_named_and_not_served(store: LayoutStore, how: str) -> None:
    """
    Missing, short or changed bytes are an error with digest, path and way out.
    """
    store.write(_BLOB, [_DATA])
    path = store.path(_BLOB.digest)
    _broken(path, how)

    assert not store.intact(_BLOB)
    with pytest.raises(CorruptBlobError) as error, store.open(_BLOB) as reader:
        reader.read()
    assert all(part in str(error.value) for part in (_BLOB.digest, str(path), "register the model again"))


def test_a_corrupt_blob_is_repaired_by_writing_it(store: LayoutStore) -> None:
    """
    Writing over a corrupt blob makes it intact.
    """
    store.write(_BLOB, [_DATA])
    _broken(store.path(_BLOB.digest), "flipped")
    store.write(_BLOB, [_DATA])

    assert store.intact(_BLOB)


def test_other_bytes_than_announced_are_not_kept(store: LayoutStore) -> None:
    """
    A blob is what its digest says, or it is not written.
    """
    with pytest.raises(ChangedWhileReadError, match="changed meanwhile"):
        store.write(_BLOB, [_DATA[:-1], b"!"])

    assert ["oci-layout"] == _files(store.root)


def test_an_interrupted_write_leaves_nothing(store: LayoutStore) -> None:
    """
    A cancelled write has removed its temporary file.
    """

    def chunks() -> Iterator[bytes]:
        yield _DATA
        raise CancelledError

    with pytest.raises(CancelledError):
        store.write(_BLOB, chunks())
    assert ["oci-layout"] == _files(store.root)


def test_a_full_disk_is_told_before_anything_is_written(small_disk: Path) -> None:
    """
    What cannot fit is refused with path, free and needed bytes.
    """
    store = LayoutStore(small_disk / "store")
    big = Descriptor("application/octet-stream", _BLOB.digest, 5_000_000)

    with pytest.raises(NotWritableError) as error:
        store.write(big, [])
    assert all(part in str(error.value) for part in (str(store.root), "5000000 bytes", "No space left", "bytes free"))
    assert not store.root.exists()


def test_a_disk_that_fills_up_meanwhile_keeps_nothing(small_disk: Path) -> None:
    """
    Running out of space halfway is the same error, and the half is gone.
    """
    store = LayoutStore(small_disk / "store")
    data = bytes(3_000_000)

    def chunks() -> Iterator[bytes]:
        yield data[:1_000_000]
        (small_disk / "somebody else").write_bytes(bytes(2_500_000))
        yield data[1_000_000:]

    with pytest.raises(NotWritableError, match="No space left on device"):
        store.write(Descriptor.of("application/octet-stream", data), chunks())
    assert ["oci-layout"] == _files(store.root)


def test_a_full_disk_keeps_the_index(small_disk: Path) -> None:
    """
    When the new index does not fit, the old one stays.
    """
    store = LayoutStore(small_disk / "store")
    with store.transaction() as index:
        index.put("a", _BLOB)
    (small_disk / "filler").write_bytes(bytes(3_000_000))

    def change() -> None:
        with store.transaction() as index:
            index.put("b" * 3_000_000, _BLOB)

    with pytest.raises(NotWritableError, match="No space left on device"):
        change()
    assert ["a"] == list(store.index().names())


def test_a_store_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    """
    A path that can be no folder is named with the system's reason.
    """
    (tmp_path / "file").touch()
    store = LayoutStore(tmp_path / "file" / "store")

    with pytest.raises(NotWritableError, match=r"file/store: Not a directory"):
        store.write(_BLOB, [_DATA])
    assert [] == store.index().entries()


def test_a_folder_with_other_things_is_not_taken_over(tmp_path: Path) -> None:
    """
    A folder that holds something else does not become a store.
    """
    (tmp_path / "thesis.txt").touch()

    with pytest.raises(StoreError, match=r"holds 'thesis.txt' and is no store"):
        LayoutStore(tmp_path).write(_BLOB, [_DATA])
    assert ["thesis.txt"] == _files(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"manifests": 3}'])
def test_a_broken_index_is_named(store: LayoutStore, text: str) -> None:
    """
    An index that is none is an error with its path, not an empty store.
    """
    store.root.mkdir()
    (store.root / "index.json").write_text(text)

    with pytest.raises(StoreError, match=r"index\.json"):
        store.index()


def test_a_digest_in_a_document_leads_nowhere_else(store: LayoutStore) -> None:
    """
    Only a sha256 digest names a blob; a path in its place is refused.
    """
    with pytest.raises(StoreError, match="no sha256 digest"):
        store.path("sha256:../../../etc/passwd")
