"""Archives as models: unpacked into a temporary folder of the project, whatever the archive tries."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from modelport.progress import Progress
from modelport.registry.errors import ArchiveError
from modelport.registry.members import FILE, FOLDER, LINK, Member, damage_named, members_of
from modelport.store.blobs import CHUNK
from modelport.store.errors import write_errors
from modelport.store.temporary import remove_abandoned, temporary_folder
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
            _extract(source, target, progress)
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


def _extract(source: Path, target: Path, progress: Progress) -> None:
    written = 0
    limit = min(SIZE_LIMIT, max(RATIO_FREE_BYTES, source.stat().st_size * RATIO_LIMIT))
    for number, member in enumerate(members_of(source)):
        if number >= MEMBER_LIMIT:
            msg = f"archive {source} has more than {MEMBER_LIMIT} entries; unpack it yourself and give the folder"
            raise ArchiveError(msg)
        progress(f"unpacking {source.name}: {number} entries, {written // 1_000_000} MB")
        place = _place(source, target, member.name)
        if member.kind == FOLDER:
            place.mkdir(parents=True, exist_ok=True)
        elif member.kind == LINK:
            _link(source, target, place, member)
        elif member.kind == FILE:
            written = _write(source, place, member, written, limit, progress)
        else:
            msg = f"archive {source}: entry {member.name!r} is a device, pipe or hard link; pack files and folders only"
            raise ArchiveError(msg)


def _place(source: Path, target: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if name.startswith(("/", "\\")) or ".." in parts or "\0" in name:
        msg = f"archive {source}: entry {name!r} would land outside of the model; do not trust this archive"
        raise ArchiveError(msg)
    place = target.joinpath(*parts)
    for folder in [parent for parent in place.parents if parent.is_relative_to(target)]:
        if folder.is_symlink():
            msg = f"archive {source}: entry {name!r} goes through the link {folder.name!r}; do not trust this archive"
            raise ArchiveError(msg)
    return place


def _link(source: Path, target: Path, place: Path, member: Member) -> None:
    to = PurePosixPath(member.target)
    if to.is_absolute() or not _joined(place.parent, to).is_relative_to(target):
        msg = f"archive {source}: link {member.name!r} leads out of the model, to {member.target!r}"
        raise ArchiveError(msg)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(to)  # leads inside; reading the model looks at it again, through all links


def _joined(folder: Path, to: PurePosixPath) -> Path:
    for part in to.parts:
        folder = folder.parent if part == ".." else folder / part
    return folder


def _write(source: Path, place: Path, member: Member, written: int, limit: int, progress: Progress) -> int:
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink() or place.exists():
        msg = f"archive {source}: entry {member.name!r} is there twice; pack it anew"
        raise ArchiveError(msg)
    with place.open("xb") as output:
        while chunk := member.read(CHUNK):
            written += len(chunk)
            if written > limit:
                msg = (
                    f"archive {source} unpacks to more than {limit} bytes (at most {SIZE_LIMIT}, and "
                    f"{RATIO_LIMIT} times its own size); unpack it yourself and give the folder, if you trust it"
                )
                raise ArchiveError(msg)
            output.write(chunk)
            progress(f"unpacking {source.name}: {written // 1_000_000} MB")
    return written
