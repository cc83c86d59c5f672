"""Putting an image into a repository: planned, or copied from another one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from modelport.errors import ModelportError
from modelport.image.image_plan import ImagePlan
from modelport.image.stored_image import StoredImage, read_image
from modelport.progress import Progress, silent
from modelport.store.descriptor import MANIFEST_TYPE, Descriptor
from modelport.store.repository import Repository
from modelport.store.verified import CHUNK

CopyBase = Callable[[Repository, Progress], None]
"""Put the layers of the base into a repository, those that it lacks."""


def write_image(
    plan: ImagePlan, target: Repository, copy_base: CopyBase, tags: Sequence[str], progress: Progress = silent
) -> StoredImage:
    """
    Write *plan* into *target* under *tags*: blobs first, then what names them, so that nothing half-made has a name.

    Blobs that are there already are left as they are. What was written is read back and compared. Raises
    `ModelportError`, one line.
    """
    copy_base(target, progress)
    for layer in plan.layers:
        _write(target, layer.descriptor, layer.open, layer.origin, progress)
    _write(target, plan.config_descriptor, lambda: [plan.config], None, progress)
    _name(target, plan.manifest, tags)
    return _read_back(target, plan.descriptor, tags[0])


def copy_image(
    image: StoredImage, source: Repository, target: Repository, tags: Sequence[str], progress: Progress = silent
) -> StoredImage:
    """Copy *image* from *source* to *target* under *tags*; its digest stays what it is."""
    for blob in (*image.layers, image.config):
        _write(target, blob, partial(_chunks, source, blob), None, progress)
    _name(target, source.manifest(image.descriptor), tags)
    return _read_back(target, image.descriptor, tags[0])


def _write(
    target: Repository,
    blob: Descriptor,
    chunks: Callable[[], Iterable[bytes]],
    origin: str | None,
    progress: Progress,
) -> None:
    if target.has(blob) or (origin is not None and target.mount(blob, origin)):
        return
    target.write(blob, chunks(), progress)


def _name(target: Repository, manifest: bytes, tags: Sequence[str]) -> None:
    for tag in tags:
        target.put_manifest(MANIFEST_TYPE, manifest, tag)


def _read_back(target: Repository, written: Descriptor, tag: str) -> StoredImage:
    found = target.resolve(tag)
    if found is None or found.digest != written.digest:
        now = found.digest if found else "nothing"
        msg = (
            f"{target.name}:{tag} was written as {written.digest} and is {now}: another writer uses this name; "
            f"run the command again"
        )
        raise ModelportError(msg)
    return read_image(target, found)


def _chunks(source: Repository, blob: Descriptor) -> Iterator[bytes]:
    with source.open(blob) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
