"""Removing what can be made again and what no service of this machine uses: builds, environments, unpacked models."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from modelport.errors import ModelportError
from modelport.image.build import Build, load_build
from modelport.workspace import Workspace


def unused(workspace: Workspace) -> list[Path]:
    """Find the folders that no service uses, running or not; reads only."""
    used = {path for build in _builds_in_use(workspace) for path in _needs(workspace, build)}
    made = [
        *_folders(workspace.builds),
        *_folders(workspace.environments),
        *([workspace.bases] if workspace.bases.is_dir() else []),
        *(digest for name in _folders(workspace.models) for digest in _folders(name)),
    ]
    return sorted(path for path in made if path not in used)


def remove(folders: list[Path]) -> int:
    """Remove *folders*; return the bytes that this gives back. Raises `ModelportError` naming what cannot go."""
    freed = 0
    for folder in folders:
        freed += sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
        try:
            shutil.rmtree(folder)
        except OSError as error:
            msg = f"{folder} cannot be removed: {error.strerror}; remove it by hand"
            raise ModelportError(msg) from error
    return freed


def _builds_in_use(workspace: Workspace) -> Iterator[Build]:
    for spec in workspace.run.glob("*/*/spec.json"):
        folder = Path(json.loads(spec.read_text())["directory"]).parent
        if folder.is_dir():
            yield load_build(workspace, folder.name)


def _needs(workspace: Workspace, build: Build) -> Iterator[Path]:
    yield build.folder
    yield workspace.environments / build.environment_key
    for name, digest in build.models:
        yield workspace.models / name / digest.removeprefix("sha256:")


def _folders(parent: Path) -> list[Path]:
    return [path for path in parent.iterdir() if path.is_dir()] if parent.is_dir() else []
