"""The files of an image, layer upon layer: only those that matter to whoever asks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from modelport.image.image_error import ImageError

FILE, LINK, FOLDER, OTHER = "file", "link", "folder", "other"
KEPT_LIMIT: Final = 500_000
"""Entries: a large image has some thousands that matter, most of them links."""
_LINKS_FOLLOWED: Final = 40
"""As Linux does."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of an image. *is_open*: any user may run this file, or enter this folder."""

    kind: str
    is_open: bool = True
    target: str = ""
    """Of a link, as written."""
    libc: str = ""
    """Version of glibc, in the file that shows it."""


@dataclass
class LayerListing:
    """What one layer changes. Paths are relative to the root, ``/`` between parts."""

    entries: dict[str, Entry] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    """Gone from the layers below, with all that is in them."""
    emptied: set[str] = field(default_factory=set)
    """Folders of which the layers below keep nothing."""


class LayerTree:
    """The entries that matter: links, closed folders, and the files that *wants* (a predicate over paths) says."""

    def __init__(self, wants: Callable[[str], bool]) -> None:
        self.wants = wants
        self.entries: dict[str, Entry] = {}
        self._folders: set[str] = set()

    def knows(self, path: str) -> bool:
        """Say whether *path* is kept, or something below it is."""
        return path in self.entries or path in self._folders

    def add(self, listing: LayerListing) -> None:
        """Put a layer on top; raises `ImageError` when more than `KEPT_LIMIT` entries would be kept."""
        if listing.removed or listing.emptied:
            kept = {path: entry for path, entry in self.entries.items() if not _is_hidden(path, listing)}
            self.entries = kept
        for path, entry in listing.entries.items():
            folder, slash, name = path.rpartition("/")
            self.entries[f"{self._real(folder) or folder}{slash}{name}"] = entry
        if len(self.entries) > KEPT_LIMIT:
            msg = f"the image has more than {KEPT_LIMIT} links: use a smaller one"
            raise ImageError(msg)
        self._folders = {parent for path in self.entries for parent in _parents(path)}

    def resolve(self, path: str) -> str | None:
        """Follow the links of *path* (from the root) to a file that is kept; ``None`` when it leads to none."""
        real = self._real(path)
        entry = self.entries.get(real) if real else None
        return real if entry and entry.kind == FILE else None

    def closed_on_the_way(self, path: str) -> str | None:
        """Name what keeps other users from running the file at the real *path*: itself, or a folder above it."""
        for each in (*reversed(list(_parents(path))), path):
            entry = self.entries.get(each)
            if entry is not None and not entry.is_open:
                return each
        return None

    def _real(self, path: str) -> str | None:
        left = [part for part in reversed(path.split("/")) if part not in {"", "."}]
        at: list[str] = []
        followed = 0
        while left:
            part = left.pop()
            if part == "..":
                at = at[:-1]
                continue
            at.append(part)
            entry = self.entries.get("/".join(at))
            if entry is None or entry.kind != LINK:
                continue
            followed += 1
            if followed > _LINKS_FOLLOWED:
                return None
            at = [] if entry.target.startswith("/") else at[:-1]
            left += [each for each in reversed(entry.target.split("/")) if each not in {"", "."}]
        return "/".join(at)


def _parents(path: str) -> Iterator[str]:
    """Give the folders above *path*, the nearest first; the root is the empty text."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _is_hidden(path: str, listing: LayerListing) -> bool:
    if path in listing.removed:
        return True
    return any(parent in listing.removed or parent in listing.emptied for parent in _parents(path))
