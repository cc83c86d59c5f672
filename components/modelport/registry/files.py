"""Which files a model is: what lies at its path, looked at and refused before anything is read or written."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from modelport.errors import ModelportError
from modelport.workspace import FOLDER

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
}
_UNUSABLE = re.compile("[\\x00-\\x1f\\x7f\\ud800-\\udfff]")


class ModelPathError(ModelportError):
    """A model's path, or something below it, cannot be part of a model."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"model path {str(path)!r}: {reason}")
        self.path = path


@dataclass(frozen=True)
class ModelFile:
    """A file of a model: *path* in the model with ``/`` (its first part is the name of the given file or folder)."""

    path: str
    size: int
    source: Path


def model_files(path: Path, base: Path) -> tuple[ModelFile, ...]:
    """
    List the files of the model at *path* (a file, or a folder with all it holds), sorted by path in the model.

    *base* is the project's folder: relative paths start there, and it may not be part of a model. Links inside a
    folder count as what they lead to. Raises `ModelPathError` for a path that is missing, empty, unreadable, no file or
    folder, or that holds such a thing, a link out of the folder, a link that leads nowhere or round in circles.
    """
    start = base / path
    name = start.name if start.name not in {"", ".."} else start.resolve().name
    details = _details(start, path)
    if stat.S_ISDIR(details.st_mode):
        _refuse_project(start.resolve(), path, base.resolve())
        found = tuple(sorted(_below(start, name, start.resolve(), ()), key=lambda file: file.path.encode()))
    else:
        found = (_file(start, name, details),)
    if not sum(file.size for file in found):
        raise ModelPathError(path, "is empty; a model has at least one byte")
    return found


def _details(start: Path, given: Path) -> os.stat_result:
    try:
        return start.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise ModelPathError(given, f"does not exist (looked at {start}){_suggestion(start)}") from None
    except OSError as error:
        raise ModelPathError(given, f"cannot be read: {error.strerror}") from error


def _suggestion(start: Path) -> str:
    if start.is_symlink():
        return "; it is a link that leads nowhere"
    if not start.parent.is_dir():
        return f"; there is no folder {start.parent} either"
    close = get_close_matches(start.name, sorted(path.name for path in start.parent.iterdir()), n=3)
    return f"; did you mean {' or '.join(repr(name) for name in close)}?" if close else ""


def _refuse_project(resolved: Path, given: Path, base: Path) -> None:
    if base.is_relative_to(resolved):
        raise ModelPathError(given, "is the project's folder or one above it; keep the model in a folder of its own")
    if resolved.is_relative_to(base / FOLDER):
        raise ModelPathError(given, f"lies in {FOLDER}, which belongs to Modelport; keep the model elsewhere")


def _below(folder: Path, name: str, root: Path, above: tuple[Path, ...]) -> Iterator[ModelFile]:
    real = folder.resolve()
    if real in above:
        raise ModelPathError(folder, "is a link to a folder that holds it; remove the link")
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise ModelPathError(folder, f"cannot be read: {error.strerror}") from error
    for entry in entries:
        path, inner = Path(entry.path), f"{name}/{entry.name}"
        if entry.is_symlink():
            _check_link(path, root)
        details = _details(path, path)
        if stat.S_ISDIR(details.st_mode):
            yield from _below(path, inner, root, (*above, real))
        else:
            yield _file(path, inner, details)


def _check_link(path: Path, root: Path) -> None:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: Python's word for a loop of links before 3.13
        raise ModelPathError(path, "is a link that leads nowhere; remove it") from None
    if not target.is_relative_to(root):
        raise ModelPathError(path, f"is a link out of the model's folder, to {target}; put the file itself there")


def _file(path: Path, inner: str, details: os.stat_result) -> ModelFile:
    kind = _KINDS.get(stat.S_IFMT(details.st_mode))
    if kind:
        raise ModelPathError(path, f"is {kind}; a model is made of files and folders")
    if _UNUSABLE.search(inner):
        raise ModelPathError(path, "has control characters or no UTF-8 in its name; rename it")
    if not os.access(path, os.R_OK):
        raise ModelPathError(path, "cannot be read: permission denied")
    return ModelFile(inner, details.st_size, path)
