"""What must stay as it was when an update is refused."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engine.dev_stack import DevStack

SERVICES = ("diabetes", "digits")
PASSING = ("ciphertext", "created", "modified")


@dataclass(frozen=True)
class Snapshot:
    """Recorded resources, what runs, and all files that a stack on this machine consists of, by sha256."""

    resources: dict[str, Any]
    serving: dict[str, tuple[int, int]]
    """Of each service, the supervisor's process id and the generation that answers."""
    files: dict[str, str]

    @classmethod
    def of(cls, stack: DevStack) -> "Snapshot":
        """Look at *stack*, whose services must run."""
        serving = {service: _serving(stack.run_folder(service)) for service in SERVICES}
        return cls(recorded(stack), serving, _files(stack.root))


def recorded(stack: DevStack) -> dict[str, Any]:
    """Read the recorded resources, less what every write of the state changes: encryption is never the same twice."""
    return {name: _lasting(resource) for name, resource in stack.resources().items()}


def custom(resources: dict[str, Any]) -> dict[str, Any]:
    """Choose what a provider keeps; records of components are the program's, written anew as far as it comes."""
    return {name: resource for name, resource in resources.items() if resource["custom"]}


def _lasting(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {
            key: sorted(each) if key == "dependencies" else _lasting(each)  # their order is the language host's whim
            for key, each in value.items()
            if key not in PASSING
        }
    return [_lasting(each) for each in value] if isinstance(value, list) else value


def _serving(run: Path) -> tuple[int, int]:
    status = json.loads((run / "status.json").read_text())
    return status["pid"], status["serving_generation"]


def _files(root: Path) -> dict[str, str]:
    """Digest the store, the run folders less their logs, the staged files, and the lock; links by their target."""
    folders = [root / ".modelport" / name for name in ("store", "run", "builds", "models")]
    found = [path for folder in folders for path in folder.rglob("*") if path.is_symlink() or path.is_file()]
    kept = [path for path in [*found, root / "modelport.lock"] if not path.name.startswith("service.log")]
    return {str(path.relative_to(root)): _digest(path) for path in kept}


def _digest(path: Path) -> str:
    content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
    return hashlib.sha256(content).hexdigest()
