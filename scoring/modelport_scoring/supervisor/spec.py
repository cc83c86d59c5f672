"""Reads and checks what a supervisor shall run."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelport_scoring.wire import LogSettings


class SpecError(Exception):
    """The spec cannot be used; *generation* is the one it asks for, where that much could be read."""

    def __init__(self, reason: str, generation: int | None = None) -> None:
        super().__init__(reason)
        self.generation = generation


@dataclass(frozen=True)
class Spec:
    """A checked `modelport_scoring.wire.SupervisorSpec`."""

    generation: int
    service: str
    address: str
    port: int
    workers: int
    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    ready_timeout_s: float
    drain_timeout_s: float
    idle_grace_s: float
    log: LogSettings | None


def read_spec(path: Path) -> Spec:
    """
    Read the spec at *path*.

    Raises `SpecError` with every field that is missing or wrong.
    """
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        msg = f"{path}: cannot be read as a supervisor's spec ({error})"
        raise SpecError(msg) from error
    if not isinstance(document, dict):
        msg = f"{path}: a supervisor's spec is a JSON object, not {type(document).__name__}"
        raise SpecError(msg)
    return spec_from(document, str(path))


def spec_from(document: Mapping[str, Any], origin: str) -> Spec:
    """
    Check *document*, read from *origin*.

    Raises `SpecError` with every field that is missing or wrong.
    """
    problems = [
        f"{name} must be {rule}, not {document.get(name)!r}"
        for name, (rule, accepts) in _RULES.items()
        if not accepts(document.get(name))
    ]
    if problems:
        generation = document.get("generation")
        known = generation if _RULES["generation"][1](generation) else None
        msg = f"{origin}: {'; '.join(problems)}"
        raise SpecError(msg, known)
    fields: dict[str, Any] = {name: document.get(name) for name in _RULES}
    fields["command"] = tuple(fields["command"])
    fields["directory"] = Path(fields["directory"])
    return Spec(**fields)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _is_port(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in range(1, 65536)


def _is_command(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(part, str) for part in value)


def _is_environment(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _is_log(value: object) -> bool:
    return value is None or (
        isinstance(value, dict)
        and _is_text(value.get("path"))
        and _is_count(value.get("max_bytes"))
        and isinstance(value.get("backups"), int)
    )


_RULES: dict[str, tuple[str, Callable[[object], bool]]] = {
    "generation": ("a number from 1", _is_count),
    "service": ("a name", _is_text),
    "address": ("an address", _is_text),
    "port": ("a port from 1 to 65535", _is_port),
    "workers": ("a number from 1", _is_count),
    "command": ("a list of arguments", _is_command),
    "environment": ("an object of texts", _is_environment),
    "directory": ("a folder", _is_text),
    "ready_timeout_s": ("seconds from 0", _is_duration),
    "drain_timeout_s": ("seconds from 0", _is_duration),
    "idle_grace_s": ("seconds from 0", _is_duration),
    "log": ("an object with path, max_bytes and backups", _is_log),
}
