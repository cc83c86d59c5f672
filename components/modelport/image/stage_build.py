"""Writing a planned build: the lock's addition, the environment, and the files an image would hold."""

import hashlib
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from modelport.errors import ModelportError
from modelport.image.build import BUILD_FILE, Build, build_document, is_whole, load_build
from modelport.image.build_plan import BuildPlan, write_lock_addition
from modelport.image.environment import ensure_environment
from modelport.image.folder_once import folder_once
from modelport.image.script_files import ScriptFile
from modelport.progress import Progress, silent
from modelport.workspace import Workspace

UnpackModel = Callable[[str, str, Path], None]
"""Write the files of the model with this name and digest into a new folder, checking them against the digest."""

_CHUNK: Final = 1024 * 1024


def build(plan: BuildPlan, workspace: Workspace, unpack_model: UnpackModel, progress: Progress = silent) -> Build:
    """
    Do all that *plan* says: lock, environment, files. What is there already is left as it is.

    Raises `ModelportError`, one line; then no half-made environment or build is left.
    """
    write_lock_addition(plan, workspace)
    ensure_environment(workspace, plan.environment, progress)
    stage_build(plan, workspace, unpack_model, progress)
    return load_build(workspace, plan.content_key)


def stage_build(plan: BuildPlan, workspace: Workspace, unpack_model: UnpackModel, progress: Progress = silent) -> Path:
    """
    Write the files of *plan* below `.modelport/builds/<content key>/` and return that folder.

    In it: `app/` (the script), `runtime/modelport_scoring/`, `models/<name>/`, `build.json`. No model versions: they
    are no part of the key. A file that changed since the plan was made is an error, since the key would be wrong.
    """
    make = partial(_fill, plan, unpack_model, progress)
    whole = partial(is_whole, plan.content_key)
    return folder_once(workspace.builds / plan.content_key, whole, make, progress)


def _fill(plan: BuildPlan, unpack_model: UnpackModel, progress: Progress, folder: Path) -> None:
    progress("writing script and runtime")
    (folder / "app").mkdir()
    if plan.script is not None:
        for file in plan.script.tree.files:
            _copy(plan.script.tree.root / file.path, folder / "app" / file.path, file.digest, file)
    for path, digest in plan.runtime.files:
        _copy(plan.runtime.root / path, folder / "runtime" / "modelport_scoring" / path, digest)
    (folder / "models").mkdir()
    for model in plan.request.models:
        progress(f"unpacking model {model.name}")
        unpack_model(model.name, model.digest, folder / "models" / model.name)
    document = build_document(plan)
    (folder / BUILD_FILE).write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _copy(source: Path, target: Path, digest: str, file: ScriptFile | None = None) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with source.open("rb") as reader, target.open("wb") as writer:
            shutil.copyfileobj(reader, writer, _CHUNK)
    except FileNotFoundError:
        msg = f"{source.name} was removed while it was deployed: run the command again"
        raise ModelportError(msg) from None
    with target.open("rb") as written:
        copied = f"sha256:{hashlib.file_digest(written, 'sha256').hexdigest()}"
    if copied != digest:
        msg = f"{source.name} was changed while it was deployed: run the command again"
        raise ModelportError(msg)
    target.chmod(file.mode if file else 0o644)
