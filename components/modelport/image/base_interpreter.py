"""The Python of a base image: where it is, which it is, and whether the service's user can run it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from modelport.image.layer_tree import LayerTree

OLDEST: Final = 11
"""Minor version of Python 3: what the runtime is written for."""
_NEWEST_LOOKED_FOR: Final = 40
_PATH: Final = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_OFTEN: Final = ("/opt/conda/bin", "/opt/miniconda/bin", "/opt/venv/bin", "/opt/bitnami/python/bin")
"""Folders that images put on PATH in a shell's profile only."""
_FOLDERS_LOOKED_AT: Final = 64
_NAME: Final = re.compile(r"python3\.(?P<minor>\d{1,2})", re.ASCII)
_LIBRARY: Final = re.compile(r"(^|/)(python3\.\d{1,2}/asyncio/__init__\.pyc?|python3\d{1,2}\.zip)", re.ASCII)


@dataclass(frozen=True)
class Interpreter:
    """A Python: *path* to run it by, *real* path of its file (relative to the root), and its minor version."""

    path: str
    real: str
    minor: int

    @property
    def version(self) -> str:
        """Such as ``3.11``."""
        return f"3.{self.minor}"


def is_of_python(path: str, interpreter_path: str | None) -> bool:
    """Say whether the file at *path* (relative to the root) can matter to what this module finds out."""
    name = path.rpartition("/")[2]
    asked = interpreter_path.rpartition("/")[2] if interpreter_path else None
    return name in {"python", "python3", asked} or bool(_NAME.fullmatch(name) or _LIBRARY.search(path))


def interpreters(tree: LayerTree, environment: Sequence[str]) -> list[Interpreter]:
    """Find the Pythons of an image, of any minor version, in the order of its PATH."""
    found: dict[str, Interpreter] = {}
    for folder in _search_path(environment):
        for minor in range(_NEWEST_LOOKED_FOR, -1, -1):
            real = tree.resolve(f"{folder}/python3.{minor}")
            if real is not None:
                # A virtual environment made from the real path finds its library; from a link it may not.
                found.setdefault(real, Interpreter(f"/{real}", real, minor))
    return list(found.values())


def interpreter_at(tree: LayerTree, path: str) -> Interpreter | None:
    """Find the Python that was asked for by *path*; its version shows in a name on the way or beside it."""
    real = tree.resolve(path)
    if real is None:
        return None
    for folder, name in ((path.rpartition("/")[0], path), (real.rpartition("/")[0], real)):
        if match := _NAME.fullmatch(name.rpartition("/")[2]):
            return Interpreter(path, real, int(match["minor"]))
        for minor in range(_NEWEST_LOOKED_FOR, -1, -1):
            if tree.resolve(f"{folder}/python3.{minor}") is not None:
                return Interpreter(path, real, minor)
    return None


def interpreter_problems(tree: LayerTree, found: Interpreter) -> Iterator[str]:
    """Say what keeps *found* from running a service as an unprivileged user."""
    if found.minor < OLDEST:
        yield f"its {found.path} is Python {found.version}, the runtime needs 3.{OLDEST} or newer"
    closed = tree.closed_on_the_way(found.real)
    if closed is not None:
        yield f"its {found.path} cannot be run by another user than root: '/{closed}' lacks 'x' for others"
    libraries = (f"python{found.version}/asyncio/__init__.py", f"python3{found.minor}.zip")
    if not any(part in path for path in tree.entries for part in libraries):
        yield f"its {found.path} comes without the standard library: install the whole, Debian's 'python3'"


def _search_path(environment: Iterable[str]) -> list[str]:
    stated = [text.partition("=")[2] for text in environment if text.startswith("PATH=")]
    folders = [folder.rstrip("/") for folder in stated[-1].split(":")] if stated else list(_PATH)
    absolute = [folder for folder in folders if folder.startswith("/")]
    return list(dict.fromkeys([*absolute[:_FOLDERS_LOOKED_AT], *_PATH, *_OFTEN]))
