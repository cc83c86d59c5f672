"""What can go wrong with an image that was made elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from modelport.errors import ModelportError
from modelport.store.errors import CorruptBlobError


class ImageError(ModelportError):
    """An image cannot be read, or cannot be used here."""


@contextmanager
def blobs_named(shown: str) -> Iterator[None]:
    """Turn a corrupt or missing blob of image *shown* into `ImageError`: a store can only speak of models."""
    try:
        yield
    except CorruptBlobError as error:
        msg = f"image '{shown}': blob {error.digest} is missing or is not what its digest says: get the image again"
        raise ImageError(msg) from error
