"""From requirements to exact, hashed packages for one platform, by uv."""

import re
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from packaging.utils import canonicalize_name

from modelport.errors import ModelportError
from modelport.image.lock import LockedPackage
from modelport.image.platforms import Platform
from modelport.image.requirements import Requirements
from modelport.image.resolve_problem import resolve_problem
from modelport.image.uv_process import UvResult, run_uv
from modelport.progress import Progress, silent

_HASH: Final = re.compile(r"--hash=(sha256:[0-9a-f]{64})")
_PINNED: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)")
_INPUT: Final = "requirements.in"
_OUTPUT: Final = "locked.txt"


def resolve(
    requirements: Requirements,
    platform: Platform,
    project_root: Path,
    *,
    preferred: Iterable[LockedPackage] = (),
    progress: Progress = silent,
) -> tuple[LockedPackage, ...]:
    """
    Find the packages that satisfy *requirements* on *platform*; wheels only, sorted by name.

    Versions in *preferred* are kept where they still fit, so that a second platform gets what the first one has.
    With several indexes the first that knows a name is asked (extra indexes before the main one): a public package
    cannot take the place of a private one. Raises `ModelportError`, one line.
    """
    lines = [_HASH.sub("", each).strip() for each in requirements.packages]
    arguments = _arguments(requirements, platform, project_root)
    with TemporaryDirectory(prefix="modelport-resolve-") as temporary:
        folder = Path(temporary)
        pins = "".join(f"{each.name}=={each.version}\n" for each in preferred)
        (folder / _OUTPUT).write_text(pins, encoding="utf-8")
        result = _compile(lines, arguments, folder, progress, f"resolving dependencies for {platform}")
        if not result.succeeded:
            newest = partial(_newest, [*arguments, "--no-deps"])
            raise ModelportError(resolve_problem(result.problem, requirements, platform, newest))
        packages = parse_packages((folder / _OUTPUT).read_text(encoding="utf-8"))
    return _restricted(packages, requirements.packages)


def index_arguments(requirements: Requirements, project_root: Path) -> list[str]:
    """Say to uv where wheels come from."""
    arguments: list[str] = []
    if requirements.index_url == "none":
        arguments += ["--no-index"]
    elif requirements.index_url:
        arguments += ["--default-index", requirements.index_url]
    for url in requirements.extra_index_urls:
        arguments += ["--index", url]
    for folder in requirements.find_links:
        arguments += ["--find-links", str(project_root.resolve() / folder)]
    return arguments


def parse_packages(text: str) -> tuple[LockedPackage, ...]:
    """Read what uv wrote: ``name==version`` with its hashes on the lines that follow."""
    packages: list[LockedPackage] = []
    for line in text.replace("\\\n", " ").splitlines():
        match = _PINNED.match(line)
        if match:
            hashes = tuple(sorted(set(_HASH.findall(line))))
            packages.append(LockedPackage(canonicalize_name(match["name"]), match["version"], hashes))
        elif line.strip() and not line.lstrip().startswith("#"):
            msg = f"the resolver gave {line.strip()!r}, which cannot be locked: require a published package by name"
            raise ModelportError(msg)
    return tuple(sorted(packages))


def _arguments(requirements: Requirements, platform: Platform, project_root: Path) -> list[str]:
    where = ["--python", sys.executable, "--python-platform", platform.target, "--python-version", platform.python]
    return ["--only-binary", ":all:", *where, *index_arguments(requirements, project_root)]


def _compile(lines: Sequence[str], arguments: Sequence[str], folder: Path, progress: Progress, doing: str) -> UvResult:
    (folder / _INPUT).write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = ["pip", "compile", "--quiet", "--no-header", "--no-annotate", "--generate-hashes"]
    return run_uv([*command, *arguments, "--output-file", _OUTPUT, _INPUT], folder, progress, doing)


def _newest(arguments: Sequence[str], name: str) -> str | None:
    """Find the newest version of *name* that could be had; asked only once something went wrong."""
    with TemporaryDirectory(prefix="modelport-resolve-") as temporary:
        folder = Path(temporary)
        result = _compile([name], arguments, folder, silent, f"looking for {name}")
        found = parse_packages((folder / _OUTPUT).read_text(encoding="utf-8")) if result.succeeded else ()
    return found[0].version if found else None


def _restricted(packages: Iterable[LockedPackage], lines: Iterable[str]) -> tuple[LockedPackage, ...]:
    """Keep of each package the files that its requirement's own hashes allow."""
    allowed = {_name(line): set(_HASH.findall(line)) for line in lines if _HASH.search(line)}
    return tuple(_allowed(each, allowed.get(each.name)) for each in packages)


def _allowed(package: LockedPackage, hashes: set[str] | None) -> LockedPackage:
    if hashes is None:
        return package
    kept = tuple(each for each in package.hashes if each in hashes)
    if not kept:
        msg = (
            f"{package.name} {package.version}: no file of the index has a hash that the requirement allows; "
            f"correct the --hash options, or leave them out: modelport.lock keeps the hashes"
        )
        raise ModelportError(msg)
    return LockedPackage(package.name, package.version, kept)


def _name(line: str) -> str:
    return canonicalize_name(re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0])
