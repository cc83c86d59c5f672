"""The Pulumi project that a command works on."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from modelport.errors import ModelportError
from modelport.workspace import Workspace

PROJECT_FILE = "Pulumi.yaml"
STACK_NAME = re.compile(r"(?:[\w.-]+/){0,2}[\w.-]{1,100}", re.ASCII)
"""Pulumi's rule: ``stack``, ``organization/stack`` or ``organization/project/stack``."""


@dataclass(frozen=True)
class Project:
    """The project whose `Pulumi.yaml` lies in *root*; *backend* is the state backend that this file chooses, if any."""

    root: Path
    name: str
    backend: str | None = None

    @property
    def workspace(self) -> Workspace:
        """Where this project keeps what Modelport makes."""
        return Workspace(self.root)

    def stack_file(self, stack: str) -> Path:
        """Path of the tracked settings of *stack*."""
        return self.root / f"Pulumi.{short(stack)}.yaml"

    def known_stacks(self) -> list[str]:
        """Names of the stacks that have a settings file."""
        return sorted(file.name[len("Pulumi.") : -len(".yaml")] for file in self.root.glob("Pulumi.*.yaml"))


def short(stack: str) -> str:
    """Name of *stack* without its organization."""
    return stack.rpartition("/")[2]


def checked_stack(stack: str) -> str:
    """Hand back *stack*; raise `ModelportError` when Pulumi would not take the name."""
    if not STACK_NAME.fullmatch(stack) or short(stack) in {".", ".."}:
        msg = f"stack name {stack!r} is not allowed: 1 to 100 letters, digits, '-', '_' or '.'"
        raise ModelportError(msg)
    return stack


def find_project(start: Path) -> Project:
    """
    Find the project at or above *start*.

    Raises `ModelportError` when there is none or its file cannot be read.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / PROJECT_FILE).is_file():
            return _read(folder)
    msg = f"no {PROJECT_FILE} in {start.resolve()} or above it; run this inside the project, or name it with -C"
    raise ModelportError(msg)


def _read(root: Path) -> Project:
    file = root / PROJECT_FILE
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        msg = f"{file} cannot be read: {' '.join(str(error).split())}"
        raise ModelportError(msg) from error
    if not isinstance(content, dict) or not isinstance(content.get("name"), str):
        msg = f"{file} has no `name:`; Pulumi needs one"
        raise ModelportError(msg)
    backend = content.get("backend")
    return Project(root, content["name"], backend.get("url") if isinstance(backend, dict) else None)
