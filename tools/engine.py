"""
Provide the Pulumi engine: from PATH, else as a release, else built from Go modules. Standard library only.

``python3 tools/engine.py`` leaves a link ``.modelport/bin`` to the engine, or none when PATH's own engine will do.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # started as a script, the repository itself is not on the module path

from tools import engine_build  # noqa: E402 - the line above makes it importable
from tools.cache import CacheError, cache_folder, locked  # noqa: E402 - the same
from tools.engine_errors import EngineError  # noqa: E402 - the same

OLDEST = (3, 259)
LANGUAGE_HOST = "pulumi-language-python"


def main() -> int:
    """Provide the engine, say in one line which it is, and return the exit code."""
    try:
        print(provide(ROOT / ".modelport" / "bin", cache_folder(), os.environ.get("PATH", "")))
    except (EngineError, CacheError) as error:
        print(f"engine: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("engine: cancelled; nothing half-made is left, run `make tools` again", file=sys.stderr)
        return 130
    return 0


def provide(link: Path, cache: Path, path: str) -> str:
    """
    Make an engine reachable through PATH or through *link*, and say which one it is.

    *path* is a PATH variable; *cache* is Modelport's folder in the user's cache.

    Raises `EngineError` with every reason when there is none to be had.
    """
    unfit = "not on PATH"
    others = without(path, link, cache)
    if found := shutil.which("pulumi", path=others):
        unfit = unfit_because(Path(found), others)
        if not unfit:
            link.unlink(missing_ok=True)
            return f"engine: {found}"
    folder = cache / "tools" / engine_build.recipe_hash(ROOT / "tools" / "engine-modules")
    if not (folder / "bin" / "pulumi").exists():
        with locked(folder.with_suffix(".lock"), "engine"):
            if not (folder / "bin" / "pulumi").exists():  # another process may have made it while this one waited
                _make(folder, unfit)
    point(link, folder / "bin")
    return f"engine: {folder / 'bin' / 'pulumi'}"


def without(path: str, link: Path, cache: Path) -> str:
    """Give *path* less the entries that this script put there: they are no engine of the user's."""
    return os.pathsep.join(
        entry
        for entry in filter(None, path.split(os.pathsep))
        if Path(entry).absolute() != link and not Path(entry).resolve().is_relative_to(cache.resolve())
    )


def unfit_because(pulumi: Path, path: str) -> str:
    """Say why *pulumi* cannot run this program; empty when it can. Its language host is beside it or on *path*."""
    if not shutil.which(LANGUAGE_HOST, path=os.pathsep.join((str(pulumi.resolve().parent), path))):
        return f"{pulumi} has no {LANGUAGE_HOST} beside it"
    try:
        answer = subprocess.run([pulumi, "version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        return f"{pulumi} does not run ({error})"
    if version_of(answer) < OLDEST:
        return f"{pulumi} is {answer.strip() or 'of no version'}, older than {'.'.join(map(str, OLDEST))}"
    return ""


def version_of(text: str) -> tuple[int, ...]:
    """Read ``v3.259.0`` or ``3.259.0-alpha.1+dirty`` as numbers; empty when it is neither."""
    numbers = text.strip().removeprefix("v").partition("-")[0].partition("+")[0].split(".")
    return tuple(map(int, numbers)) if all(number.isdecimal() for number in numbers) else ()


def point(link: Path, target: Path) -> None:
    """Let *link* point to *target*, replacing an older link in one step."""
    if link.is_symlink() and link.readlink() == target:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.symlink_to(target)
    fresh.replace(link)


def _make(folder: Path, unfit: str) -> None:
    """Fill *folder* with a release, else with a build."""
    from tools import engine_release  # noqa: PLC0415 - half of a start that needs no release would go into it

    try:
        engine_release.install(folder)
    except EngineError as no_release:
        try:
            engine_build.build(ROOT / "tools" / "engine-modules", folder)
        except EngineError as no_build:
            msg = f"no Pulumi engine to be had. On PATH: {unfit}. As a release: {no_release}. Built: {no_build}"
            raise EngineError(msg) from no_build


if __name__ == "__main__":
    sys.exit(main())
