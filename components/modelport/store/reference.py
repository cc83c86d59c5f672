"""
Store strings and model references, as texts and as values.

A store is ``oci-layout:<path relative to the project>``, ``oci://host/prefix`` or ``oci+http://host/prefix``;
a model's reference is ``<store>/models/<name>@sha256:<64 hexadecimal digits>``, an image's
``<store>/images/<name>:<content key>``, with ``@sha256:<64 hexadecimal digits>`` behind it once its manifest is known.
"""

import posixpath
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from modelport.naming import model_name_problem
from modelport.store.errors import InvalidReferenceError

LAYOUT = "oci-layout"
REGISTRY = "oci"
PLAIN_REGISTRY = "oci+http"
SCHEMES = {LAYOUT: ":", REGISTRY: "://", PLAIN_REGISTRY: "://"}
DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_IMAGE = re.compile(
    r"(?P<store>.+)/images/(?P<name>[^/:@]+):(?P<key>[0-9a-f]{64})(@(?P<digest>sha256:[0-9a-f]{64}))?", re.ASCII
)
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?", re.ASCII)


@dataclass(frozen=True)
class StoreLocation:
    """Where a store is: *place* is a path for ``oci-layout``, otherwise ``host/prefix``."""

    scheme: str
    place: str

    @property
    def host(self) -> str:
        """The registry's host, with its port; empty for a layout."""
        return "" if self.scheme == LAYOUT else self.place.partition("/")[0]

    def __str__(self) -> str:
        return f"{self.scheme}{SCHEMES[self.scheme]}{self.place}"


@dataclass(frozen=True)
class ModelReference:
    """A model by store, name and the digest of its content manifest."""

    store: StoreLocation
    name: str
    digest: str

    def __str__(self) -> str:
        return f"{self.store}/models/{self.name}@{self.digest}"


@dataclass(frozen=True)
class ImageReference:
    """An image by store, name and content key; *digest* names its manifest, ``None`` for one that is only files."""

    store: StoreLocation
    name: str
    content_key: str
    digest: str | None = None

    def __str__(self) -> str:
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.store}/images/{self.name}:{self.content_key}{digest}"


def parse_store(text: str) -> StoreLocation:
    """
    Read a store string; a layout's path comes back normalised, with ``/``.

    Raises `InvalidReferenceError`.
    """
    for scheme, separator in SCHEMES.items():
        if text.startswith(scheme + separator):
            place = text.removeprefix(scheme + separator)
            return StoreLocation(scheme, _layout_path(text, place) if scheme == LAYOUT else _registry(text, place))
    msg = f"store {text!r} is not known: a store is 'oci-layout:<path>', 'oci://<host>/<prefix>'{_meant(text)}"
    raise InvalidReferenceError(msg)


def parse_reference(text: str) -> ModelReference:
    """
    Read a model reference.

    Raises `InvalidReferenceError`.
    """
    before, _, digest = text.rpartition("@")
    if not DIGEST.fullmatch(digest):
        msg = f"model reference {text!r} has no digest: it must end in '@sha256:' and 64 hexadecimal digits"
        raise InvalidReferenceError(msg)
    folder, _, name = before.rpartition("/")
    store, _, kind = folder.rpartition("/")
    if kind != "models" or not store:
        msg = f"model reference {text!r} names no model: expected '<store>/models/<name>@{digest}'"
        raise InvalidReferenceError(msg)
    if problem := model_name_problem(name):
        msg = f"model reference {text!r}: {problem}"
        raise InvalidReferenceError(msg)
    return ModelReference(parse_store(store), name, digest)


def parse_image_reference(text: str) -> ImageReference:
    """
    Read an image reference.

    Raises `InvalidReferenceError`.
    """
    match = _IMAGE.fullmatch(text)
    if match is None:
        msg = f"image reference {text!r} is not '<store>/images/<name>:<content key>', with or without '@sha256:...'"
        raise InvalidReferenceError(msg)
    return ImageReference(parse_store(match["store"]), match["name"], match["key"], match["digest"])


def layout_folder(store: StoreLocation, base: Path) -> Path:
    """
    Give the folder of a layout *store*, taken relative to *base* (the project's folder).

    Raises `InvalidReferenceError` for stores that are not folders.
    """
    if store.scheme != LAYOUT:
        msg = f"store '{store}' cannot be opened as one: it is no folder; use 'oci-layout:<path>'"
        raise InvalidReferenceError(msg)
    return base / store.place


def _layout_path(text: str, place: str) -> str:
    if (
        not place.isprintable()
        or not place
        or place.startswith(("//", *(scheme + separator for scheme, separator in SCHEMES.items())))
    ):
        msg = f"store {text!r} has no usable path: write 'oci-layout:<path relative to the project>'"
        raise InvalidReferenceError(msg)
    return posixpath.normpath(place)


def _registry(text: str, place: str) -> str:
    host = place.partition("/")[0]
    if not _HOST.fullmatch(host):
        msg = f"store {text!r} has no usable host: write 'oci://<host>/<prefix>'"
        raise InvalidReferenceError(msg)
    return place.rstrip("/")


def _meant(text: str) -> str:
    scheme, colon, rest = text.partition(":")
    close = get_close_matches(scheme, SCHEMES, n=1)
    if colon and close:
        return f"; did you mean {close[0] + SCHEMES[close[0]] + rest.lstrip('/')!r}?"
    return f"; for a folder write {'oci-layout:' + text!r}" if text and not colon else ""
