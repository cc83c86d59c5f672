"""Operations that a killed engine left unfinished in a state."""

import json
from pathlib import Path
from typing import Any

from modelport.errors import ModelportError
from modelport.files import replace_file

OWN_TYPES = "modelport:index:"
"""Creates of these may simply be tried again: each finds what its killed predecessor made by its own record."""


def state_file(state: Path, project: str, stack: str) -> Path:
    """File that holds the state of *stack* in the embedded backend at *state* (file backend, layout 1)."""
    return state / ".pulumi" / "stacks" / project / f"{stack}.json"


def pending_operations(file: Path) -> list[dict[str, Any]]:
    """
    Unfinished operations in the state at *file*, each with its kind and its resource; none without a state.

    Raises `ModelportError` when the state cannot be read.
    """
    return list(_operations(_read(file))) if file.exists() else []


def is_own_create(operation: dict[str, Any]) -> bool:
    """Whether *operation* is a create of one of our own types."""
    return operation.get("type") == "creating" and str(operation["resource"].get("type", "")).startswith(OWN_TYPES)


def clear_own_creates(file: Path) -> None:
    """Take our own unfinished creates out of the state at *file*, in one step; the caller holds the stack's lock."""
    content = _read(file)
    operations = _operations(content)
    operations[:] = [operation for operation in operations if not is_own_create(operation)]
    replace_file(file, json.dumps(content))


def _read(file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        content["checkpoint"]  # a file without it is no state
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"the state {file} cannot be read ({type(error).__name__}); the engine's last copy of it is {file}.bak"
        raise ModelportError(msg) from error
    return content


def _operations(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the very list inside *content*, to be changed in place; an empty one when the state has none."""
    latest = content["checkpoint"].get("latest") or {}
    return latest.get("pending_operations") or []
