"""A store in a folder: an OCI image layout (`oci-layout`, `index.json`, `blobs/sha256/`) and one file of our own."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from modelport.progress import Progress, silent
from modelport.store.blobs import TEMPORARY, BlobReader, check_size, read_document, write_blob, write_file
from modelport.store.descriptor import INDEX_TYPE, REF_NAME, Descriptor, Document, canonical_json
from modelport.store.errors import CorruptBlobError, StoreError, check_space, write_errors
from modelport.store.lock import exclusive
from modelport.store.meter import Meter
from modelport.store.reference import DIGEST
from modelport.store.temporary import remove_abandoned
from modelport.store.verified import CHUNK

_MARK = "oci-layout"
_INDEX = "index.json"
_LEDGER = "modelport.json"
_LOCK = ".lock"
_MARK_DOCUMENT = {"imageLayoutVersion": "1.0.0"}


class LayoutIndex:
    """
    What a layout lists: descriptors by reference name, and *ledger*, a document that OCI has no place for.

    Changes are kept only when this came from `LayoutStore.transaction`.
    """

    def __init__(self, document: Document, ledger: Document) -> None:
        self._document = document
        self.ledger = ledger
        self.freed: set[str] = set()
        """Digests of blobs to remove once the index is written: a kill in between leaves too much, never too little."""

    def entries(self) -> list[Descriptor]:
        """Every descriptor that is listed, whoever listed it."""
        return [Descriptor.read(entry) for entry in self._document["manifests"]]

    def names(self, prefix: str = "") -> dict[str, Descriptor]:
        """Give the listed descriptors by reference name, those whose name starts with *prefix*."""
        named = {entry.annotations.get(REF_NAME, ""): entry for entry in self.entries()}
        return {name: entry for name, entry in named.items() if name and name.startswith(prefix)}

    def put(self, name: str, descriptor: Descriptor) -> None:
        """List *descriptor* under *name*, in place of what had the name."""
        self.drop(name)
        annotations = dict(descriptor.annotations) | {REF_NAME: name}
        named = Descriptor(descriptor.media_type, descriptor.digest, descriptor.size, annotations)
        self._document["manifests"].append(named.document())

    def drop(self, name: str) -> None:
        """List nothing under *name*."""
        manifests = self._document["manifests"]
        self._document["manifests"] = [entry for entry in manifests if _ref_name(entry) != name]

    def documents(self) -> tuple[bytes, bytes]:
        """Write index and ledger as bytes."""
        return canonical_json(self._document), canonical_json(self.ledger)


class LayoutStore:
    """
    The store in the folder *root*; made by the first write, never by a read.

    Every method raises `modelport.store.errors.StoreError`, in words for a user.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def __repr__(self) -> str:
        return f"LayoutStore({str(self.root)!r})"

    def index(self) -> LayoutIndex:
        """Read what the store lists now; nothing, when there is no store yet."""
        document = self._read(_INDEX) or {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": []}
        return LayoutIndex(document, self._read(_LEDGER) or {})

    @contextmanager
    def transaction(self, progress: Progress = silent) -> Iterator[LayoutIndex]:
        """
        Change what the store lists, alone: gives the index as it is, and replaces it at the end.

        An exception changes nothing. Waits for other writers, in other processes too, telling *progress*.
        """
        self._prepare()
        with exclusive(self.root / _LOCK, progress, f"waiting for another writer of store {self.root}"):
            self._clean()
            index = self.index()
            before = index.documents()
            yield index
            listed, ledger = index.documents()
            # Ledger first: after a kill between the two, numbers in it are at worst too careful.
            if ledger != before[1]:
                write_file(self.root / _LEDGER, ledger)
            if listed != before[0] or not (self.root / _INDEX).exists():
                write_file(self.root / _INDEX, listed)
            self._remove(index.freed)

    def path(self, digest: str) -> Path:
        """Where the blob of *digest* is, if it is here."""
        if not DIGEST.fullmatch(digest):  # documents in a store are only as good as who wrote them
            msg = f"store {self.root}: {digest!r} is no sha256 digest; restore the store from a backup"
            raise StoreError(msg)
        return self.root / "blobs" / "sha256" / digest.removeprefix("sha256:")

    def has(self, descriptor: Descriptor) -> bool:
        """Say whether the blob is here, in its full size; bytes are not read."""
        try:
            check_size(self.path(descriptor.digest), descriptor)
        except CorruptBlobError:
            return False
        return True

    def intact(self, descriptor: Descriptor, progress: Progress = silent) -> bool:
        """Say whether the blob is here and holds what its digest says; every byte is read."""
        try:
            meter = Meter(f"checking {descriptor.digest[:19]}", descriptor.size, progress)
            with self.open(descriptor) as reader:
                while chunk := reader.read(CHUNK):
                    meter.add(len(chunk))
        except CorruptBlobError:
            return False
        return True

    def open(self, descriptor: Descriptor) -> BlobReader:
        """Open a blob for reading; reading it to the end verifies it."""
        return BlobReader(self.path(descriptor.digest), descriptor)

    def document(self, descriptor: Descriptor) -> Document:
        """Read a blob that is JSON."""
        return read_document(self.path(descriptor.digest), descriptor)

    def write(self, descriptor: Descriptor, chunks: Iterable[bytes]) -> None:
        """Write a blob, in place of a corrupt one too; *chunks* must be what *descriptor* says."""
        check_space(self.root, descriptor.size)
        self._prepare()
        write_blob(self.path(descriptor.digest), descriptor, chunks)

    def _read(self, name: str) -> Document | None:
        path = self.root / name
        try:
            document = json.loads(path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            msg = f"store {self.root}: {path} cannot be read ({error}); restore it from a backup or move the store away"
            raise StoreError(msg) from error
        if not isinstance(document, dict) or (name == _INDEX and not isinstance(document.get("manifests"), list)):
            msg = f"store {self.root}: {path} is no OCI document; restore it from a backup or move the store away"
            raise StoreError(msg)
        return document

    def _prepare(self) -> None:
        if (self.root / _MARK).is_file():
            return
        with write_errors(self.root, len(canonical_json(_MARK_DOCUMENT))):
            self.root.mkdir(parents=True, exist_ok=True)
            strangers = [path.name for path in self.root.iterdir() if not path.name.startswith(".")]
            if strangers and not (self.root / _MARK).is_file():  # another writer may just have made it
                msg = f"folder {self.root} holds {strangers[0]!r} and is no store; name an empty or a new folder"
                raise StoreError(msg)
            write_file(self.root / _MARK, canonical_json(_MARK_DOCUMENT))

    def _remove(self, digests: Iterable[str]) -> None:
        for digest in sorted(digests):
            path = self.path(digest)
            with write_errors(path, 0):
                path.unlink(missing_ok=True)

    def _clean(self) -> None:
        remove_abandoned(self.root, TEMPORARY)
        remove_abandoned(self.root / "blobs" / "sha256", TEMPORARY)


def _ref_name(entry: Document) -> str:
    name: str = (entry.get("annotations") or {}).get(REF_NAME, "")
    return name
