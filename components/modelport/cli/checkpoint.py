"""The files of a stack's state in the embedded backend, after an engine that was killed while it wrote them."""

import json
from pathlib import Path

from modelport.files import replace_file


def damage(file: Path) -> list[Path]:
    """
    Find what a killed engine left beside the state at *file*; reads only.

    The engine replaces the state itself in one step, but not the attributes beside it: an empty file of these makes
    every later command end with "failed to load checkpoint: EOF" (gocloud.dev/blob/fileblob, sidecar files).
    """
    unfinished = list(file.parent.glob(f"{file.name}*.tmp"))
    halves = [each for each in file.parent.glob(f"{file.name}*.attrs") if not _is_json(each)]
    lost = [file] if not file.exists() and _is_json(_backup(file)) else []
    return sorted([*unfinished, *halves, *lost])


def mend(file: Path, damaged: list[Path]) -> None:
    """Remove what `damage` found, and put back a lost state from the engine's own copy; the caller holds the lock."""
    for each in damaged:
        if each == file:
            replace_file(file, _backup(file).read_text(encoding="utf-8"))
        else:
            each.unlink(missing_ok=True)


def _backup(file: Path) -> Path:
    return file.with_name(f"{file.name}.bak")


def _is_json(file: Path) -> bool:
    try:
        json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True
