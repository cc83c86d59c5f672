"""Archives as models: unpacked into a temporary folder of the project, whatever the archive tries."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NoReturn

from modelport.progress import Progress
from modelport.registry.errors import ArchiveError
from modelport.registry.members import FILE, FOLDER, LINK, Member, damage_named, members_of
from modelport.store.errors import write_errors
from modelport.store.meter import Meter
from modelport.store.temporary import remove_abandoned, temporary_folder
from modelport.store.verified import CHUNK
from modelport.workspace import Workspace

SUFFIXES = (".tar.gz", ".tgz", ".tar", ".zip")
SIZE_LIMIT = 20 << 30
RATIO_LIMIT = 250
"""Unpacked over packed bytes; weights do not shrink that far, bombs do. Small archives may be of any ratio."""
RATIO_FREE_BYTES = 64 << 20
MEMBER_LIMIT = 100_000

_TEMPORARY = "unpacked-"


@dataclass(frozen=True)
class Unpacked:
    """An unpacked archive: the model is at *path*, inside *folder*; *remove* removes all of it."""

    folder: Path
    path: Path
    remove: Callable[[], None]


def unpacked(path: Path, *, base: Path, progress: Progress) -> Unpacked:
    """
    Unpack the archive at *path* (relative to *base*) below the project's `.modelport` folder.

    The model is the archive's single top entry, or else a folder that is named like the archive and holds everything.
    Raises `ArchiveError`, `modelport.store.errors.NotWritableError`.
    """
    source = base / path
    stem = _stem(source)
    parent = Workspace(base).folder
    with ExitStack() as stack, write_errors(parent, source.stat().st_size):
        parent.mkdir(exist_ok=True)
        remove_abandoned(parent, _TEMPORARY)
        folder = stack.enter_context(temporary_folder(parent, _TEMPORARY))
        target = folder / stem
        target.mkdir()
        with damage_named(source):
            _Extraction(source, target, progress).run()
        top = list(target.iterdir())
        found = top[0] if len(top) == 1 else target
        return Unpacked(folder, found.relative_to(folder), stack.pop_all().close)


def _stem(source: Path) -> str:
    if not source.is_file():
        msg = f"archive {source} does not exist or is no file; `unpack` needs one of {', '.join(SUFFIXES)}"
        raise ArchiveError(msg)
    for suffix in SUFFIXES:
        if source.name.endswith(suffix) and source.name != suffix:
            return source.name.removesuffix(suffix)
    msg = f"archive {source} is of no known kind: `unpack` needs one of {', '.join(SUFFIXES)}"
    raise ArchiveError(msg)


class _Extraction:
    """One archive on its way into *target*, and how much of it there may be."""

    def __init__(self, source: Path, target: Path, progress: Progress) -> None:
        self._source = source
        self._target = target
        self._meter = Meter(f"unpacking {source.name}", None, progress)
        self._left = min(SIZE_LIMIT, max(RATIO_FREE_BYTES, source.stat().st_size * RATIO_LIMIT))

    def run(self) -> None:
        for number, member in enumerate(members_of(self._source)):
            if number >= MEMBER_LIMIT:
                self._refuse(f"has more than {MEMBER_LIMIT} entries; unpack it yourself and give the folder")
            place = self._place(member.name)
            if member.kind == FOLDER:
                place.mkdir(parents=True, exist_ok=True)
            elif member.kind == LINK:
                self._link(place, member)
            elif member.kind == FILE:
                self._write(place, member)
            else:
                self._refuse(f"holds {member.name!r}, a device, pipe or hard link; pack files and folders only")

    def _refuse(self, reason: str) -> NoReturn:
        msg = f"archive {self._source} {reason}"
        raise ArchiveError(msg)

    def _place(self, name: str) -> Path:
        parts = PurePosixPath(name).parts
        if name.startswith(("/", "\\")) or ".." in parts or "\0" in name:
            self._refuse(f"holds {name!r}, which would land outside of the model; do not trust it")
        place = self._target.joinpath(*parts)
        for folder in [parent for parent in place.parents if parent.is_relative_to(self._target)]:
            if folder.is_symlink():
                self._refuse(f"writes {name!r} through the link {folder.name!r}; do not trust it")
        return place

    def _link(self, place: Path, member: Member) -> None:
        to = PurePosixPath(member.target)
        if to.is_absolute() or not _joined(place.parent, to).is_relative_to(self._target):
            self._refuse(f"holds the link {member.name!r} out of the model, to {member.target!r}; do not trust it")
        self._refuse_twice(place, member)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(to)  # leads inside; reading the model looks at it again, through all links

    def _write(self, place: Path, member: Member) -> None:
        self._refuse_twice(place, member)
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as output:
            while chunk := member.read(CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    limits = f"{SIZE_LIMIT} bytes or {RATIO_LIMIT} times its own size"
                    self._refuse(f"unpacks to more than {limits}; if you trust it, unpack it and give the folder")
                output.write(chunk)
                self._meter.add(len(chunk))

    def _refuse_twice(self, place: Path, member: Member) -> None:
        if place.is_symlink() or place.exists():
            self._refuse(f"holds {member.name!r} twice; pack it anew")


def _joined(folder: Path, to: PurePosixPath) -> Path:
    for part in to.parts:
        folder = folder.parent if part == ".." else folder / part
    return folder
