"""The Python that an environment asks for, and the one it gets."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from modelport.errors import ModelportError
from modelport.image.conda_spec import parse_spec
from modelport.image.unavailable import UnavailableError

PYTHONS: Final = ("3.11", "3.12", "3.13")
"""Minor versions of CPython that the runtime is made for, oldest first."""

_MAJOR: Final = 3
_MICROS: Final = range(40)


@dataclass(frozen=True)
class PythonWish:
    """Versions of Python that *property_path* asks for."""

    specifier: SpecifierSet
    text: str
    """As the user wrote it."""
    property_path: str
    where: str = ""
    """Such as ``conda.yml:4``; empty when the property itself says it."""

    def allows(self, python: str) -> bool:
        """Tell whether any release of the minor version *python* is one that is asked for."""
        return any(self.specifier.contains(f"{python}.{micro}") for micro in _MICROS)

    def error(self, reason: str) -> UnavailableError:
        """Make an error that says who asks."""
        return UnavailableError(self.property_path, f"{self.where}: {reason}" if self.where else reason)


def version_wish(version: str) -> PythonWish:
    """Read the input `pythonVersion`, such as ``3.12``; raises `ModelportError` when it is no version."""
    try:
        return PythonWish(SpecifierSet(f"=={version}.*"), version, "pythonVersion")
    except InvalidSpecifier:
        msg = f"{version!r} is no version of Python: write {', '.join(PYTHONS)}"
        raise ModelportError(msg) from None


def conda_wish(text: str, property_path: str, where: str) -> PythonWish:
    """Read conda's ``python=3.12``."""
    return PythonWish(parse_spec(text).specifier, text, property_path, where)


def choose_python(wishes: Iterable[PythonWish], default: str) -> tuple[str, list[UnavailableError]]:
    """
    Choose the minor version that all *wishes* allow: *default* where they do, else the one closest to it.

    With problems, the version is the nearest that can be had.
    """
    asked = list(wishes)
    problems: list[UnavailableError] = []
    for wish in asked:
        if not any(wish.allows(each) for each in (default, *PYTHONS)):
            reason = f"Python {_shown(wish)} cannot be had: {PYTHONS[0]} to {PYTHONS[-1]} can, nearest is {_near(wish)}"
            problems.append(wish.error(reason))
    if problems:
        return _near(asked[0]), problems
    allowed = [each for each in (default, *PYTHONS) if all(wish.allows(each) for wish in asked)]
    if not allowed:
        others = " and ".join(f"{wish.where or wish.property_path} asks for {_shown(wish)}" for wish in asked)
        return default, [asked[-1].error(f"no Python is both: {others}; ask for one")]
    return min(allowed, key=lambda each: abs(_minor(each) - _minor(default))), []


def _shown(wish: PythonWish) -> str:
    return wish.text.partition("python")[2].strip().lstrip("=") or wish.text


def _near(wish: PythonWish) -> str:
    """Name the Python that is closest to the versions in *wish*."""
    named = [Version(each.version.removesuffix(".*")) for each in wish.specifier]
    minors = [each.minor if each.major == _MAJOR else (each.major - _MAJOR) * len(_MICROS) for each in named]
    return min(PYTHONS, key=lambda each: abs(_minor(each) - max(minors, default=0)))


def _minor(python: str) -> int:
    return int(python.partition(".")[2])
