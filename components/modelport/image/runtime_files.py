"""The bundled runtime, as files: what an image holds of it, and what it needs."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from modelport.errors import ModelportError
from modelport.image.canonical import digest_of

PACKAGE: Final = "modelport_scoring"
DISTRIBUTION: Final = "modelport-scoring"


@dataclass(frozen=True)
class RuntimeFiles:
    """The runtime's files, as (path relative to the package, bytes digest), sorted by path."""

    root: Path
    files: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """One digest over all paths and bytes."""
        return digest_of(self.files)


def runtime_files() -> RuntimeFiles:
    """Find the runtime that is installed beside this library; it is read, never imported."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        msg = (
            f"the scoring runtime ({DISTRIBUTION}) is not installed beside modelport: run `pip install {DISTRIBUTION}`"
        )
        raise ModelportError(msg)
    root = Path(spec.submodule_search_locations[0])
    return RuntimeFiles(root, tuple(_digests(root)))


def runtime_requirements(extras: Collection[str] = ()) -> tuple[str, ...]:
    """List what the runtime needs, with its *extras* (`onnx`, `sklearn`). Their own markers are taken for this host."""
    chosen: list[str] = []
    for line in metadata.requires(DISTRIBUTION) or ():
        requirement = Requirement(line)
        if "extra" in str(requirement.marker or ""):
            marker, requirement.marker = requirement.marker, None
            if marker is None or not any(marker.evaluate({"extra": extra}) for extra in extras):
                continue
        chosen.append(str(requirement))
    return tuple(sorted(set(chosen)))


def _digests(root: Path) -> list[tuple[str, str]]:
    paths = (path for path in root.rglob("*") if path.is_file())
    wanted = (path for path in paths if "__pycache__" not in path.parts and path.suffix != ".pyc")
    named = {path.relative_to(root).as_posix(): path for path in wanted}
    return [(name, f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}") for name, path in sorted(named.items())]
