"""Requirement files as lines: comments, continuations and includes resolved, each line with where it stands."""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelport.errors import ModelportError

_COMMENT: Final = re.compile(r"(^|\s+)#.*$")
_INCLUDE: Final = re.compile(r"(?:-r\s*|--requirement(?:\s+|=))(?P<path>.+)")
_DEEPEST: Final = 20


@dataclass(frozen=True)
class Line:
    """One logical line of a requirement file or list."""

    text: str
    where: str
    """Such as ``requirements.txt:3``, or ``dependencies[2]``; empty when the property itself says it."""
    folder: Path
    """What relative paths on the line count from."""

    def error(self, reason: str) -> ModelportError:
        """Make an error that says where the line stands."""
        return ModelportError(f"{self.where}: {reason}" if self.where else reason)


def listed_lines(dependencies: Iterable[str], folder: Path) -> Iterator[Line]:
    """Yield the lines of an inline list; relative paths count from *folder*."""
    for position, text in enumerate(dependencies):
        yield Line(text.strip(), f"dependencies[{position}]", folder)


def file_lines(path: Path, shown: str, included_from: tuple[Path, ...] = ()) -> Iterator[Line]:
    """
    Yield the lines of the file at *path*, shown to the user as *shown*, with those of the files it includes (``-r``).

    Raises `ModelportError` when a file cannot be read, is not UTF-8, or includes itself.
    """
    if path.resolve() in included_from or len(included_from) > _DEEPEST:
        msg = f"{shown}: includes itself; remove one of the -r lines"
        raise ModelportError(msg)
    for number, text in _logical_lines(read_text(path, shown)):
        yield from included_lines(Line(text, f"{shown}:{number}", path.parent), (*included_from, path.resolve()))


def included_lines(line: Line, included_from: tuple[Path, ...] = ()) -> Iterator[Line]:
    """Yield *line*, or the lines of the file that it includes; errors as of `file_lines`."""
    include = _INCLUDE.fullmatch(line.text)
    if include is None:
        yield line
        return
    included = line.folder / shlex.split(include["path"])[0]
    yield from file_lines(included, _shown(included, line), included_from)


def read_text(path: Path, shown: str) -> str:
    """Read the file at *path*, shown to the user as *shown*; raises `ModelportError` when it is no UTF-8 text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{shown}: byte {error.start} is not UTF-8; save the file as UTF-8"
    except OSError as error:
        msg = f"{shown}: cannot be read: {error.strerror}"
    raise ModelportError(msg)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    begun, first = "", 0
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        first = first or number
        if line.endswith("\\") and not _COMMENT.search(line):
            begun += line[:-1] + " "
            continue
        whole = _COMMENT.sub("", begun + line).strip()
        if whole:
            yield first, whole
        begun, first = "", 0


def _shown(included: Path, line: Line) -> str:
    """Show *included* as its parent is shown: from the same folder, so that no absolute path gets into a message."""
    base = Path(line.where.rpartition(":")[0]).parent
    try:
        return (base / included.relative_to(line.folder)).as_posix()
    except ValueError:
        return included.name
