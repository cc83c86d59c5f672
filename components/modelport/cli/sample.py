"""The example request of a service."""

import json
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
    inference = mapping(settings.get("inference"))
    said = {**_said_in_file(root, str(inference["file"])), **inference} if "file" in inference else inference
    if script := said.get("entry_script"):
        yield (root / str(said.get("source_directory", "")) / str(script)).parent
        yield (root / str(script)).parent
    for model in settings.get("models") or ():
        if path := mapping(model).get("path"):
            yield root / str(path)
            yield (root / str(path)).parent


def _said_in_file(root: Path, file: str) -> dict[str, object]:
    """Read script and source directory of an `inferenceconfig.json`, from *root*; empty when it makes no sense."""
    try:
        document = mapping(json.loads((root / file).read_text(encoding="utf-8-sig")))
    except (OSError, ValueError, RecursionError):  # the program reads the same file, and complains better
        return {}
    folder = Path(file).parent / str(document.get("sourceDirectory") or "")
    return {"entry_script": document.get("entryScript"), "source_directory": str(folder)}
