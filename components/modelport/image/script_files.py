"""Which files are "the script": the source directory, less what is ignored and less the models."""

import hashlib
import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from modelport.image.ignored import (
    IgnoreRules,
    ignoring_file,
    is_always_ignored,
    is_virtual_environment,
    nested_rules,
    root_rules,
)

MANY_BYTES: Final = 100 * 1024 * 1024
MANY_FILES: Final = 5_000
_MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True)
class ScriptFile:
    """One file of a script."""

    path: str
    """Relative to the source directory, with slashes."""
    mode: int
    """
    0755 when its owner may execute it, else 0644.

    Git keeps only that bit; the others come from the umask and differ between two clones of one commit.
    """
    digest: str
    """``sha256:`` and the digest of its bytes."""
    size: int
    """In bytes."""

    @property
    def is_executable(self) -> bool:
        """Whether its owner may execute it."""
        return bool(self.mode & stat.S_IXUSR)


@dataclass(frozen=True)
class ScriptTree:
    """The files of a script, sorted by path, and what was found on the way; each problem and warning is one line."""

    root: Path
    files: tuple[ScriptFile, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def file(self, path: str) -> ScriptFile | None:
        """Find the file at *path*, relative to the root."""
        return next((each for each in self.files if each.path == path), None)


@dataclass
class _Walk:
    root: Path
    excluded: Collection[Path]
    problems: list[str] = field(default_factory=list)

    def files(self, folder: Path, rules: list[IgnoreRules], open_folders: tuple[Path, ...]) -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            if is_always_ignored(path) or Path(os.path.realpath(path)) in self.excluded:
                continue
            try:
                yield from self._one(path, rules, open_folders)
            except (OSError, ValueError) as error:
                self.problems.append(f"{self._name(path)}: {_reason(error)}; mend it, or ignore it in .amlignore")

    def _one(self, path: Path, rules: list[IgnoreRules], open_folders: tuple[Path, ...]) -> Iterator[Path]:
        if ignoring_file(path, rules, is_folder=path.is_dir()) is not None:
            return
        target = Path(os.path.realpath(path, strict=True))
        mode = target.stat().st_mode
        if not target.is_relative_to(self.root):
            msg = f"links to {target}, which is outside the source directory"
            raise ValueError(msg)
        if stat.S_ISREG(mode):
            yield path
        elif not stat.S_ISDIR(mode):
            msg = f"is a {_kind(mode)}, not a file"
            raise ValueError(msg)
        elif target in open_folders:
            msg = f"links to {target}, a folder that holds it"
            raise ValueError(msg)
        elif not is_virtual_environment(path):
            yield from self.files(path, rules + nested_rules(path, rules), (*open_folders, target))

    def _name(self, path: Path) -> str:
        return ascii(str(path.relative_to(self.root))).strip("'\"")


def script_files(source_directory: Path, project_root: Path, excluded: Collection[Path] = ()) -> ScriptTree:
    """
    List the files of the script in *source_directory*, each with the digest of its bytes.

    Left out: what `.amlignore` (else the `.gitignore` files from *project_root* down) and `.dockerignore` ignore, the
    *excluded* paths (models), caches, Python environments, and in the project's root what a deployment itself writes
    (`Pulumi*.yaml`, `modelport.lock`): a script whose digest changes by deploying it could never be deployed twice.
    Links within the folder count as the files they lead to.
    """
    root, project = source_directory.resolve(), project_root.resolve()
    walk = _Walk(root, frozenset({each.resolve() for each in excluded} | _written_by_deploying(project)))
    files: list[ScriptFile] = []
    try:
        for path in walk.files(root, root_rules(root, project), (root,)):
            _append(walk, files, path)
    except (OSError, ValueError) as error:
        walk.problems.append(_reason(error))
    files.sort(key=lambda each: each.path)
    return ScriptTree(root, tuple(files), tuple(walk.problems), tuple(_size_warnings(files)))


def _append(walk: _Walk, files: list[ScriptFile], path: Path) -> None:
    name = path.relative_to(walk.root).as_posix()
    try:
        name.encode()
        files.append(_read(path, name))
    except UnicodeEncodeError:
        walk.problems.append(f"{name!a}: the name is not UTF-8; rename the file, or ignore it in .amlignore")
    except OSError as error:
        walk.problems.append(f"{name}: {_reason(error)}; mend it, or ignore it in .amlignore")


def _read(path: Path, name: str) -> ScriptFile:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    mode = 0o755 if status.st_mode & stat.S_IXUSR else 0o644
    return ScriptFile(name, mode, f"sha256:{digest}", status.st_size)


def _written_by_deploying(project: Path) -> set[Path]:
    return {project / "modelport.lock", *project.glob("Pulumi*.yaml"), *project.glob("Pulumi*.yml")}


def _reason(error: OSError | ValueError) -> str:
    if not isinstance(error, OSError):
        return str(error)
    return (
        "is a link that leads nowhere" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
    )


def _kind(mode: int) -> str:
    kinds = {stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket", stat.S_IFCHR: "device", stat.S_IFBLK: "device"}
    return kinds.get(stat.S_IFMT(mode), "special file")


def _size_warnings(files: list[ScriptFile]) -> Iterator[str]:
    total = sum(each.size for each in files)
    if total <= MANY_BYTES and len(files) <= MANY_FILES:
        return
    sizes: dict[str, int] = {}
    for each in files:
        top = each.path.split("/", maxsplit=1)[0]
        sizes[top] = sizes.get(top, 0) + each.size
    largest = max(sorted(sizes), key=lambda top: sizes[top])
    yield (
        f"the script is {len(files)} files of {total // _MEGABYTE} MB, {sizes[largest] // _MEGABYTE} MB of it in "
        f"{largest!r}: ignore what it does not need in .amlignore, and register model files as a model"
    )
