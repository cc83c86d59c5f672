"""The layer with the installed packages: made from the lock alone, so that every machine makes the same bytes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from modelport.errors import ModelportError
from modelport.image.compression import compressor
from modelport.image.environment import Environment, install_packages
from modelport.image.folder_once import folder_once
from modelport.image.installed_files import installed_entries
from modelport.image.layers import GZIP_LAYER_TYPE, Layer, LayerKind, packed, with_folders
from modelport.image.lock import LockedLayer
from modelport.image.places import OWN, site_packages
from modelport.progress import Progress, silent
from modelport.store.descriptor import Descriptor
from modelport.store.meter import Meter
from modelport.store.verified import CHUNK
from modelport.workspace import Workspace

_LAYER: Final = "layer.tar.gz"
_FACTS: Final = "layer.json"


@dataclass(frozen=True)
class MadeLayer:
    """An environment layer in the project's cache."""

    file: Path
    locked: LockedLayer


def environment_layer(environment: Environment, locked: LockedLayer, workspace: Workspace, progress: Progress) -> Layer:
    """Describe the layer that *locked* names; it is made when its bytes are asked for, and must come out the same."""
    descriptor = Descriptor(GZIP_LAYER_TYPE, locked.digest, locked.size)
    title = f"{len(environment.packages)} packages"
    chunks = partial(_chunks, environment, locked, workspace, progress)
    return Layer(LayerKind.ENVIRONMENT, descriptor, locked.diff_id, title, chunks)


def make_environment_layer(workspace: Workspace, environment: Environment, progress: Progress = silent) -> MadeLayer:
    """
    Install and pack *environment* unless the cache has it.

    Raises `ModelportError`, one line; then nothing is left.
    """
    folder = folder_once(
        workspace.layers / environment.key, _is_whole, partial(_make, workspace, environment, progress), progress
    )
    facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    return MadeLayer(folder / _LAYER, LockedLayer(facts["digest"], facts["diffId"], facts["size"], facts["madeBy"]))


def _chunks(environment: Environment, locked: LockedLayer, workspace: Workspace, progress: Progress) -> Iterator[bytes]:
    made = make_environment_layer(workspace, environment, progress)
    if made.locked.digest != locked.digest:
        msg = (
            f"the environment layer for {environment.platform} came out as {made.locked.digest} (made by "
            f"{made.locked.made_by}), but modelport.lock has {locked.digest} (made by {locked.made_by}): "
            f"install the versions that made it, or run `modelport lock` and commit the file"
        )
        raise ModelportError(msg)
    with made.file.open("rb") as stored:
        while chunk := stored.read(CHUNK):
            yield chunk


def _make(workspace: Workspace, environment: Environment, progress: Progress, folder: Path) -> None:
    platform = environment.platform
    with TemporaryDirectory(dir=folder, prefix="install-") as temporary:
        installed = install_packages(environment, workspace.root, Path(temporary), progress)
        entries = with_folders(installed_entries(installed, site_packages(platform.python)), OWN)
        meter = Meter(f"packing packages for {platform}", None, progress)
        with (folder / _LAYER).open("wb") as output:
            descriptor, diff_id = packed(entries, lambda chunk: _put(output, chunk, meter))
    facts = {"digest": descriptor.digest, "diffId": diff_id, "size": descriptor.size, "madeBy": _made_by()}
    (folder / _FACTS).write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _put(output: BinaryIO, chunk: bytes, meter: Meter) -> None:
    output.write(chunk)
    meter.add(len(chunk))


def _is_whole(folder: Path) -> bool:
    """Say whether *folder* holds a layer made by this compressor and installer."""
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        return (facts["madeBy"], facts["size"]) == (_made_by(), (folder / _LAYER).stat().st_size)
    except (OSError, ValueError, KeyError):
        return False


def _made_by() -> str:
    return f"{compressor()}, uv {metadata.version('uv')}"
