"""The virtual environment a scoring process runs in: made from the lock, one per environment key."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from modelport.errors import ModelportError
from modelport.image.canonical import digest_of
from modelport.image.folder_once import folder_once, full_disk_text
from modelport.image.lock import LockedPackage
from modelport.image.platforms import Platform
from modelport.image.requirements import Requirements
from modelport.image.resolve import index_arguments
from modelport.image.resolve_problem import install_problem
from modelport.image.uv_process import run_uv
from modelport.progress import Progress, silent
from modelport.workspace import Workspace

MARKER: Final = "modelport-environment.json"
SCHEMA: Final = 1


@dataclass(frozen=True)
class Environment:
    """The exact packages of an environment, and where their wheels come from."""

    packages: tuple[LockedPackage, ...]
    platform: Platform
    requirements: Requirements
    """Only its indexes and folders of wheels are used: the hashes in *packages* decide what is installed."""

    @property
    def key(self) -> str:
        """Name of the environment: 64 hexadecimal digits over packages and platform."""
        return environment_key(self.packages, self.platform)


def environment_key(packages: Iterable[LockedPackage], platform: Platform) -> str:
    """Hash what makes environments differ, whatever the order of *packages*."""
    locked = sorted([each.name, each.version, sorted(each.hashes)] for each in packages)
    return digest_of({"schema": SCHEMA, "platform": str(platform), "packages": locked})


def base_interpreter() -> Path:
    """
    Find the interpreter that environments are made from: this process's own, outside its virtual environment.

    A link into a virtual environment would break when that is removed.
    """
    return Path(getattr(sys, "_base_executable", None) or sys.executable).resolve()


def interpreter(environment: Path) -> Path:
    """Name the Python of the *environment* at a path, as `ensure_environment` returned it."""
    return environment / "bin" / "python"


def ensure_environment(
    workspace: Workspace, environment: Environment, progress: Progress = silent, base: Path | None = None
) -> Path:
    """
    Return the folder of *environment*, made with the Python *base* (default: this process's) if it is not whole.

    Two makers at once make it once; when making fails, nothing is left. Raises `ModelportError`, one line;
    `CancelledError` when *progress* does.
    """
    target = workspace.environments / environment.key
    make = partial(_make, environment, workspace.root, base or base_interpreter(), progress)
    return folder_once(target, is_whole, make, progress)


def is_whole(folder: Path) -> bool:
    """Say whether *folder* holds a complete environment whose base Python is still there."""
    return (folder / MARKER).is_file() and interpreter(folder).exists()


def install_packages(environment: Environment, project_root: Path, folder: Path, progress: Progress = silent) -> Path:
    """
    Install *environment* for its platform, whatever this machine is, below the empty *folder*; return where.

    Raises `ModelportError`, one line.
    """
    target, platform = folder / "packages", environment.platform
    target.mkdir()
    python = ["--python", str(base_interpreter()), "--python-version", platform.python]
    where = ["--target", str(target), "--python-platform", platform.target, *python]
    _install(environment, project_root, where, folder, progress)
    return target


def _make(environment: Environment, project_root: Path, base: Path, progress: Progress, folder: Path) -> None:
    """Make a venv in *folder*: relocatable, since it is moved into place once it is complete."""
    arguments = ["venv", "--quiet", "--relocatable", "--no-project", "--allow-existing", "--python", str(base)]
    _uv([*arguments, str(folder)], folder, progress, f"making an environment for {environment.platform}")
    _install(environment, project_root, ["--python", str(interpreter(folder))], folder, progress)
    marker = {"schema": SCHEMA, "key": environment.key, "platform": str(environment.platform), "base": str(base)}
    (folder / MARKER).write_text(json.dumps(marker, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _install(environment: Environment, project_root: Path, where: list[str], folder: Path, progress: Progress) -> None:
    locked = folder / "requirements.lock"
    locked.write_text("".join(_line(each) for each in environment.packages), encoding="utf-8")
    sync = ["pip", "sync", "--quiet", "--require-hashes", "--only-binary", ":all:", "--allow-empty-requirements"]
    wheels = index_arguments(environment.requirements, project_root)
    doing = f"installing {len(environment.packages)} packages"
    _uv([*sync, *where, *wheels, str(locked)], folder, progress, doing)


def _uv(arguments: list[str], folder: Path, progress: Progress, doing: str) -> None:
    result = run_uv(arguments, folder, progress, doing)
    if result.succeeded:
        return
    full = "No space left on device" in result.problem or "Disk quota exceeded" in result.problem
    raise ModelportError(full_disk_text(folder.parent) if full else install_problem(result.problem))


def _line(package: LockedPackage) -> str:
    return f"{package.name}=={package.version}" + "".join(f" --hash={each}" for each in package.hashes) + "\n"
