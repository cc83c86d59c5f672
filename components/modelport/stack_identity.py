"""Which stack, of which backend: two backends may have a stack of one name, and share a project folder."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class StackIdentity:
    """
    A stack. *backend* is its URL.

    A file backend inside the project is written relative to it, so that a moved clone keeps its name.
    """

    backend: str
    project: str
    stack: str

    @property
    def label(self) -> str:
        """A readable name that is unique: for folders and for references to models."""
        digest = hashlib.sha256(f"{self.backend}\n{self.project}\n{self.stack}".encode()).hexdigest()
        return f"{self.stack}-{digest[:8]}"

    @classmethod
    def of(cls, root: Path, project: str, stack: str, environment: Mapping[str, str] | None = None) -> "StackIdentity":
        """Identify *stack* of the project at *root* from what the engine itself would read."""
        return cls(
            _relative(root, backend_url(root, os.environ if environment is None else environment)), project, stack
        )


def backend_url(root: Path, environment: Mapping[str, str]) -> str:
    """Find the state backend as the engine does: environment, `Pulumi.yaml`, login; empty when there is none."""
    if url := environment.get("PULUMI_BACKEND_URL"):
        return url
    if url := _project_backend(root / "Pulumi.yaml"):
        return url
    home = environment.get("PULUMI_HOME") or str(Path(environment.get("HOME", "~")).expanduser() / ".pulumi")
    credentials = Path(home) / "credentials.json"
    return str(json.loads(credentials.read_text()).get("current", "")) if credentials.is_file() else ""


def _project_backend(project_file: Path) -> str:
    text = project_file.read_text() if project_file.is_file() else ""
    if "backend:" not in text:  # parsing costs more than the rest of the look-up
        return ""
    backend = (yaml.safe_load(text) or {}).get("backend") or {}
    return str(backend.get("url", ""))


def _relative(root: Path, url: str) -> str:
    if not url.startswith("file://"):
        return url
    folder = Path(url.removeprefix("file://")).expanduser()
    resolved = (root / folder).resolve()
    return f"file://{resolved.relative_to(root.resolve())}" if resolved.is_relative_to(root.resolve()) else url
