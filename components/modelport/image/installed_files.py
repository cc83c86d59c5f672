"""Installed packages as entries of a layer: what a wheel brought, without what the machine that installed it added."""

import csv
import io
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from modelport.store.tar import TarEntry

_OF_THE_INSTALLER: Final = frozenset({"INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"})
"""In `*.dist-info`: who installed, from where and when."""
_WITH_TESTS: Final = frozenset({"numpy", "scipy", "sklearn", "pandas"})
"""Packages whose folders `tests` nothing else imports: a tenth of an image for scikit-learn."""
_RECORD: Final = "RECORD"


def installed_entries(folder: Path, place: str) -> list[TarEntry]:
    """
    List the files of the packages in *folder* as entries below *place*.

    Left out: bytecode, the installer's notes, large packages' own tests, and commands (`bin/`), whose first line names
    an interpreter of the machine that installed them. `RECORD` is written anew, sorted, with what is left.
    """
    files = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    return [_entry(name, path, files, place) for name, path in sorted(files.items())]


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if not path.is_file() or "__pycache__" in parts or parts in {(".lock",), (".gitignore",)}:
            continue
        if parts[0] == "bin" or (parts[0].endswith(".dist-info") and parts[-1] in _OF_THE_INSTALLER):
            continue
        if parts[0] in _WITH_TESTS and "tests" in parts[:-1]:
            continue
        yield path


def _entry(name: str, path: Path, files: dict[str, Path], place: str) -> TarEntry:
    if _is_record(name):
        return TarEntry.of(f"{place}/{name}", _record(path, files))
    status = path.stat()
    return TarEntry(f"{place}/{name}", path, status.st_size, executable=bool(status.st_mode & stat.S_IXUSR))


def _is_record(name: str) -> bool:
    folder, _, file = name.partition("/")
    return folder.endswith(".dist-info") and file == _RECORD


def _record(path: Path, files: dict[str, Path]) -> bytes:
    with path.open(encoding="utf-8", newline="") as source:
        rows = sorted(row for row in csv.reader(source) if row and row[0] in files)
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()
