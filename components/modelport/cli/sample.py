"""The example request of a service."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modelport.cli.project import Project
from modelport.cli.settings import mapping, services

SAMPLE_FILE = "sample-request.json"
"""Name of the example request; it lies beside the entry script, else with or beside the model's files."""


def sample_request(project: Project, stack: str, service: str) -> Path | None:
    """Find the example request of *service* through the stack's settings; ``None`` when there is none."""
    for folder in _folders(project.root, mapping(services(project, stack).get(service))):
        if (folder / SAMPLE_FILE).is_file():
            return folder / SAMPLE_FILE
    return None


def _folders(root: Path, settings: Mapping[str, Any]) -> Iterator[Path]:
    if script := mapping(settings.get("inference")).get("entry_script"):
        yield (root / str(script)).parent
    for model in settings.get("models") or ():
        if path := mapping(model).get("path"):
            yield root / str(path)
            yield (root / str(path)).parent
