"""From requirements to exact, hashed packages for one platform, by uv."""

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from packaging.utils import canonicalize_name

from modelport.errors import ModelportError
from modelport.image.lock import LockedPackage
from modelport.image.platforms import Platform
from modelport.image.requirements import Requirements
from modelport.image.resolve_problem import resolve_problem
from modelport.image.uv_process import UvResult, run_uv
from modelport.progress import Progress, silent

_HASH: Final = re.compile(r"--hash=(sha256:[0-9a-f]{64})")
_INPUT: Final = "requirements.in"
_OUTPUT: Final = "pylock.toml"
_WAY_OUT: Final = "take it from an index that states hashes, or put its wheel into a wheelhouse"


class UnsatisfiableError(ModelportError):
    """No set of packages is what was asked for; the index itself answered."""


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
    cannot take the place of a private one. Raises `ModelportError`, one line; `UnsatisfiableError` when there is no
    such set.
    """
    lines = [_HASH.sub("", each).strip() for each in requirements.packages]
    arguments = _arguments(requirements, platform, project_root)
    newest = partial(_newest, [*arguments, "--no-deps"])
    doing = f"resolving dependencies for {platform}"
    try:
        with TemporaryDirectory(prefix="modelport-resolve-") as temporary:
            folder = Path(temporary)
            (folder / _OUTPUT).write_text(_preferences(preferred), encoding="utf-8")
            result = _compile(lines, arguments, folder, progress, doing)
            if not result.succeeded:
                kind = UnsatisfiableError if "unsatisfiable" in result.problem else ModelportError
                raise kind(resolve_problem(result.problem, requirements, platform, newest))
            packages = parse_packages((folder / _OUTPUT).read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"dependencies cannot be resolved: {error.strerror or error}; free space in the temporary folder (TMPDIR)"
        raise ModelportError(msg) from error
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
    """
    Read what uv wrote, a `pylock.toml`: of each package the wheels that fit the platform, with their hashes.

    Other platforms' wheels are not in it: a file added for one of those changes no lock.
    """
    return tuple(sorted(_locked(each) for each in tomllib.loads(text)["packages"]))


def _locked(package: Mapping[str, Any]) -> LockedPackage:
    """Source: the specification of `pylock.toml`, https://packaging.python.org/en/latest/specifications/pylock-toml/."""
    hashes = [wheel.get("hashes", {}).get("sha256") for wheel in package.get("wheels", ())]
    if not hashes or not all(hashes) or "version" not in package:
        msg = f"package {package['name']!r} cannot be locked by name, version and sha256: {_WAY_OUT}"
        raise ModelportError(msg)
    locked = tuple(sorted({f"sha256:{each}" for each in hashes}))
    return LockedPackage(canonicalize_name(package["name"]), package["version"], locked)


def _preferences(packages: Iterable[LockedPackage]) -> str:
    """Write *packages* as uv's earlier answer, whose versions it keeps where they fit."""
    entries = [f'[[packages]]\nname = "{each.name}"\nversion = "{each.version}"\n' for each in packages]
    return "\n".join(['lock-version = "1.0"\ncreated-by = "modelport"\n', *(entries or ["packages = []\n"])])


def _arguments(requirements: Requirements, platform: Platform, project_root: Path) -> list[str]:
    where = ["--python", sys.executable, "--python-platform", platform.target, "--python-version", platform.python]
    return ["--only-binary", ":all:", *where, *index_arguments(requirements, project_root)]


def _compile(lines: Sequence[str], arguments: Sequence[str], folder: Path, progress: Progress, doing: str) -> UvResult:
    (folder / _INPUT).write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = ["pip", "compile", "--quiet", "--no-header", "--format", "pylock.toml"]
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
