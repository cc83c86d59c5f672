"""Whether an image can be a base: its C library, its Python. Every problem at once."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from modelport.errors import InputError
from modelport.image.base_interpreter import (
    OLDEST,
    Interpreter,
    interpreter_at,
    interpreter_problems,
    interpreters,
    is_of_python,
)
from modelport.image.layer_tree import FILE, LayerTree

BASE: Final = "base"
INTERPRETER_PATH: Final = "interpreterPath"

_OLDEST_GLIBC: Final = (2, 28)
"""What uv resolves Linux wheels for (manylinux_2_28)."""
_GLIBC_NAME: Final = re.compile(r"libc(-2\.\d+)?\.so(\.6)?")
_LOADERS: Final = re.compile(r"ld-linux-(x86-64\.so\.2|aarch64\.so\.1)")
_MUSL: Final = re.compile(r"ld-musl-[a-z0-9_]+\.so\.1")


@dataclass(frozen=True)
class Asked:
    """What a base must have: the minor version of its Python, or the path of the one to use; either may be open."""

    python: str | None = None
    interpreter_path: str | None = None

    def wants(self, path: str) -> bool:
        """Say whether the file at *path* can matter."""
        name = path.rpartition("/")[2]
        return is_of_python(path, self.interpreter_path) or any(
            pattern.fullmatch(name) for pattern in (_GLIBC_NAME, _LOADERS, _MUSL)
        )


@dataclass(frozen=True)
class BaseFacts:
    """What the files of a usable base say."""

    python: Interpreter
    libc: str


def check_base(tree: LayerTree, environment: Sequence[str], asked: Asked) -> tuple[BaseFacts | None, list[InputError]]:
    """Find Python and C library in *tree*; *environment* is that of the image's configuration."""
    problems = [InputError(BASE, text) for text in _libc_problems(tree)]
    chosen, more = _chosen(tree, environment, asked)
    problems += more
    if chosen is None or problems:
        return None, problems
    return BaseFacts(chosen, _libc_version(tree) or "glibc"), []


def _chosen(tree: LayerTree, environment: Sequence[str], asked: Asked) -> tuple[Interpreter | None, list[InputError]]:
    if asked.interpreter_path is not None:
        return _at_path(tree, asked, asked.interpreter_path)
    found = interpreters(tree, environment)
    usable = [each for each in found if each.minor >= OLDEST and asked.python in {None, each.version}]
    if usable:
        return usable[0], [InputError(BASE, text) for text in interpreter_problems(tree, usable[0])]
    has = ", ".join(f"{each.version} at {each.path}" for each in found) or "none in the folders of its PATH"
    wanted = f"Python {asked.python}" if asked.python else f"Python 3.{OLDEST} or newer"
    return None, [InputError(BASE, f"has no {wanted} (it has {has}): use python-slim, or install it into the base")]


def _at_path(tree: LayerTree, asked: Asked, path: str) -> tuple[Interpreter | None, list[InputError]]:
    if not path.startswith("/"):
        return None, [InputError(INTERPRETER_PATH, f"{path!r} is not absolute: give the path in the image")]
    found = interpreter_at(tree, path)
    if found is None:
        has = ", ".join(each.path for each in interpreters(tree, ())) or "none"
        return None, [InputError(INTERPRETER_PATH, f"{path!r} is no Python in the base (it has {has})")]
    problems = [InputError(INTERPRETER_PATH, text) for text in interpreter_problems(tree, found)]
    if asked.python not in {None, found.version}:
        text = f"{path!r} is Python {found.version}, {asked.python} is wanted: change one of them"
        problems.append(InputError(INTERPRETER_PATH, text))
    return found, problems


def _libc_problems(tree: LayerTree) -> Iterator[str]:
    names = {path.rpartition("/")[2] for path in tree.entries}
    has_libc = any(_GLIBC_NAME.fullmatch(name) for name in names)
    if any(_MUSL.fullmatch(name) for name in names) and not has_libc:
        yield "is made with musl (Alpine), the packages' wheels need glibc: use python-slim"
    elif not has_libc and not any(_LOADERS.fullmatch(name) for name in names):
        yield "has no C library that wheels can use (glibc): use python-slim"
    version = _libc_version(tree)
    if version and tuple(map(int, version.split("."))) < _OLDEST_GLIBC:
        needed = ".".join(map(str, _OLDEST_GLIBC))
        yield f"has glibc {version}, the packages' wheels need {needed} or newer: use a newer system, or python-slim"


def _libc_version(tree: LayerTree) -> str:
    found = [entry.libc for entry in tree.entries.values() if entry.kind == FILE and entry.libc]
    return found[0] if found else ""
