"""Which models a folder holds: one by itself, or several in Azure ML's layout ``<name>/<version>/``."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FIRST_VERSION: Final = "1"


@dataclass(frozen=True)
class ModelFolder:
    """One version of a model."""

    name: str
    version: str
    """A whole number."""
    folder: Path

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(path.stat().st_size for path in files_below(self.folder))


def files_below(folder: Path) -> Iterator[Path]:
    """Give every file in *folder*, behind links as well: versions may be links to the files."""
    for parent, _folders, names in os.walk(folder, followlinks=True):
        yield from (Path(parent, name) for name in names)


def list_models(folder: Path) -> tuple[ModelFolder, ...]:
    """
    List the models in *folder*, by name, newest version first.

    A folder that is not of the layout for several is one model; the name and version are then its own path's:
    ``.../<name>/<version>``, else its name and version 1.
    """
    several = sorted(_several(folder), key=lambda each: (each.name, -int(each.version)))
    if several:
        return tuple(several)
    path = folder.absolute()
    if _is_version(path.name) and path.parent.name:
        return (ModelFolder(path.parent.name, path.name, folder),)
    return (ModelFolder(path.name or "model", FIRST_VERSION, folder),)


def _several(folder: Path) -> Iterator[ModelFolder]:
    """Give every ``<name>/<version>`` below; nothing when any other file or folder lies among them."""
    names = _entries(folder)
    versions = {name: _entries(name) for name in names if name.is_dir()}
    if len(versions) != len(names) or not all(found and _are_versions(found) for found in versions.values()):
        return
    for name, found in versions.items():
        yield from (ModelFolder(name.name, version.name, version) for version in found)


def _are_versions(paths: Iterable[Path]) -> bool:
    return all(path.is_dir() and _is_version(path.name) for path in paths)


def _is_version(name: str) -> bool:
    return name.isascii() and name.isdigit() and not name.startswith("0")


def _entries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
