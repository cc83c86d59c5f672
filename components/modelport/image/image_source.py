"""
Where an image that was made elsewhere is: a base, or one that is served as it is.

``host/repository:tag``, Docker Hub's short ``repository:tag``, ``oci://`` and ``oci+http://`` before either, or
``oci-layout:<folder>[:tag]``; each with or without ``@sha256:<64 hexadecimal digits>``.
"""

import re
from dataclasses import dataclass
from typing import Final

from modelport.image.image_error import ImageError
from modelport.store.errors import InvalidReferenceError
from modelport.store.reference import LAYOUT, StoreLocation, parse_image_reference, parse_store

HUB: Final = "docker.io"
_HUB_NAMES: Final = frozenset({HUB, "index.docker.io", "registry-1.docker.io"})

_PARTS: Final = re.compile(
    r"(?P<place>[^@]+?)(:(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?", re.ASCII
)
_REPOSITORY: Final = re.compile(r"[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*", re.ASCII)
_LONGEST: Final = 1024


@dataclass(frozen=True)
class ImageSource:
    """An image in one repository of a store; where both are given, *digest* says which and *tag* only reads well."""

    store: StoreLocation
    repository: str
    """Below the store; may be empty in a layout, whose tags need no repository."""
    tag: str | None
    digest: str | None

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"

    @property
    def name(self) -> str:
        """The text before tag and digest."""
        store = str(self.store).removeprefix("oci://")
        return f"{store}/{self.repository}" if self.repository else store


def parse_image_source(text: str) -> ImageSource:
    """Read *text*; raises `ImageError` when it names no image."""
    layout = f"{LAYOUT}:"
    rest = text.removeprefix(layout)
    parts = _PARTS.fullmatch(rest) if len(text) <= _LONGEST and text.isprintable() else None
    if parts is None or " " in text:
        msg = (
            f"{text[:100]!r} is no image: write 'host/repository:tag', or '@sha256:' and 64 digits in place of the tag"
        )
        raise ImageError(msg)
    try:
        return _in_layout(text, parts) if text.startswith(layout) else _in_registry(text, parts)
    except InvalidReferenceError as error:
        raise ImageError(str(error)) from None


def _in_layout(text: str, parts: re.Match[str]) -> ImageSource:
    try:
        ours = parse_image_reference(text)
    except InvalidReferenceError:
        return ImageSource(parse_store(f"{LAYOUT}:{parts['place']}"), "", parts["tag"], parts["digest"])
    return ImageSource(ours.store, f"images/{ours.name}", ours.content_key, ours.digest)


def _in_registry(text: str, parts: re.Match[str]) -> ImageSource:
    scheme, mark, place = parts["place"].rpartition("://")
    host, slash, repository = place.partition("/")
    if not slash or not (mark or host == "localhost" or {".", ":"} & set(host)):
        host, repository = HUB, place
    if host in _HUB_NAMES:
        host, repository = HUB, repository if "/" in repository else f"library/{repository}"
    if not parts["tag"] and not parts["digest"]:
        msg = f"image {text!r} has neither tag nor digest: add ':<tag>' or '@sha256:<64 digits>'"
        raise ImageError(msg)
    if not _REPOSITORY.fullmatch(repository):
        msg = (
            f"image {text!r} has no usable repository: lowercase letters and digits, with '.', '_', '-' or '/' between"
        )
        raise ImageError(msg)
    return ImageSource(parse_store(f"{scheme or 'oci'}://{host}"), repository, parts["tag"], parts["digest"])
