"""
Find and read the stack file.

The engine hands over decrypted values only; which leaf was encrypted is written in the file alone.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from stack.errors import NAMESPACE, Place, StackFileError

STACK_FILE_VARIABLE = "MODELPORT_STACK_FILE"
"""Path of the stack file, when it is not `Pulumi.<stack>.yaml` beside `Pulumi.yaml`."""


def read_stack_file(root: Path, stack: str, environment: Mapping[str, str] = os.environ) -> Mapping[str, object] | None:
    """
    Read the file of *stack* in the project at *root*; ``None`` when the stack has none.

    Raises `StackFileError` when it cannot be read, or is named by the environment and missing.
    """
    named = environment.get(STACK_FILE_VARIABLE)
    path = root / (named or f"Pulumi.{stack}.yaml")
    try:
        return _mapping(path, yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        if named is None:
            return None
        msg = f"stack file {str(path)!r}, named by {STACK_FILE_VARIABLE}, does not exist; correct or unset the variable"
        raise StackFileError(msg) from None
    except (OSError, UnicodeDecodeError) as error:
        msg = f"stack file {str(path)!r} cannot be read: {error}"
        raise StackFileError(msg) from error
    except yaml.YAMLError as error:
        raise StackFileError(_not_yaml(path, error)) from None  # the parser's own text quotes lines, keys perhaps


def _mapping(path: Path, document: object) -> Mapping[str, object]:
    if document is None:
        return {}
    if not isinstance(document, dict):
        msg = f"stack file {str(path)!r} must be a mapping with the key 'config'"
        raise StackFileError(msg)
    return document


def _not_yaml(path: Path, error: yaml.YAMLError) -> str:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return f"stack file {str(path)!r}{where}: not YAML; correct the line or one just above it"


def config_of(stack_file: Mapping[str, object] | None) -> dict[str, object]:
    """Return the block `config` with whole keys: the engine puts the project's name before a key that has none."""
    config = (stack_file or {}).get("config")
    if not isinstance(config, Mapping):
        return {}
    return {key if ":" in key else f"{NAMESPACE}:{key}": value for key, value in config.items() if isinstance(key, str)}


def secure_places(stack_file: Mapping[str, object] | None) -> list[Place]:
    """List where our keys hold an encrypted value, ``{secure: ...}``."""
    config = config_of(stack_file)
    return [
        place
        for key, value in config.items()
        if key.startswith(f"{NAMESPACE}:")
        for place in _secure_below((key,), value)
    ]


def _secure_below(place: Place, value: object) -> Iterator[Place]:
    if isinstance(value, Mapping):
        if set(value) == {"secure"} and isinstance(value["secure"], str):
            yield place
            return
        for key, child in value.items():
            yield from _secure_below((*place, str(key)), child)
    elif isinstance(value, list):
        for position, child in enumerate(value):
            yield from _secure_below((*place, position), child)
