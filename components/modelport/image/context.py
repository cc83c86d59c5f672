"""
A folder that plain `docker build` accepts: the layers as tar files, and a Dockerfile that unpacks them.

`ADD` unpacks local tar files, links and modes included, without a network and without running anything.
"""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from modelport_scoring import wire

from modelport.errors import ModelportError
from modelport.image.base import LockedBase
from modelport.image.dockerfile import with_digest
from modelport.image.folder_once import folder_once
from modelport.image.image_config import ENTRYPOINT, USER, own_labels, own_variables
from modelport.image.image_plan import ImagePlan
from modelport.image.layers import GZIP_LAYER_TYPE, Layer
from modelport.image.places import APP
from modelport.progress import Progress, silent
from modelport.store.reference import LAYOUT

DOCKERFILE: Final = "Dockerfile"
_LAYERS: Final = "layers"
_SPECIAL: Final = re.compile(r'(["$\\])')
_ESCAPED: Final = r"\\\1"


def write_context(plan: ImagePlan, target: Path, progress: Progress = silent) -> Path:
    """
    Write the context of *plan* to *target*, in place of an older one.

    Raises `ModelportError`, one line; the older one is then as it was.
    """
    return folder_once(target, partial(is_context, plan), partial(fill_context, plan, progress), progress)


def is_context(plan: ImagePlan, folder: Path) -> bool:
    """Say whether *folder* holds the whole context of *plan*."""
    try:
        same = (folder / DOCKERFILE).read_text(encoding="utf-8") == dockerfile(plan)
        return same and all((folder / name).stat().st_size == layer.descriptor.size for name, layer in _files(plan))
    except OSError:
        return False


def dockerfile(plan: ImagePlan) -> str:
    """Write the Dockerfile of *plan*."""
    last = [] if plan.facts.dockerfile is None else ["CMD []"]  # a CMD of the user's would be arguments of ours
    return "\n".join([*_first_part(plan), *own_instructions(plan), *last]) + "\n"


def own_instructions(plan: ImagePlan) -> list[str]:
    """Write all that follows the base: the same files, variables and entry point as in an image of builder `oci`."""
    return [
        *(f"ADD {name} /" for name, _ in _files(plan)),
        *(f"ENV {_pair(*each)}" for each in sorted(own_variables(plan.facts, plan.base).items())),
        *(f"LABEL {_pair(*each)}" for each in sorted(own_labels(plan.facts, plan.base).items())),
        f"WORKDIR /{APP}",
        f"EXPOSE {wire.PORT}/tcp",
        "STOPSIGNAL SIGTERM",
        f"USER {USER}",
        f"ENTRYPOINT {json.dumps(ENTRYPOINT)}",
    ]


def fill_context(plan: ImagePlan, progress: Progress, folder: Path) -> None:
    """Write the context of *plan* into the empty *folder*."""
    (folder / _LAYERS).mkdir()
    for name, layer in _files(plan):
        progress(f"writing {layer.title}")
        with (folder / name).open("wb") as output:
            output.writelines(layer.open())
    (folder / DOCKERFILE).write_text(dockerfile(plan), encoding="utf-8")


def _files(plan: ImagePlan) -> Iterator[tuple[str, Layer]]:
    for number, layer in enumerate(plan.layers, start=1):
        suffix = "tar.gz" if layer.descriptor.media_type == GZIP_LAYER_TYPE else "tar"
        yield f"{_LAYERS}/{number:03}-{layer.kind}.{suffix}", layer


def _first_part(plan: ImagePlan) -> list[str]:
    own = plan.facts.dockerfile
    return _from(plan.base) if own is None else [with_digest(own, plan.base.reference, plan.base.digest).rstrip(), ""]


def _from(base: LockedBase) -> list[str]:
    if base.reference.startswith(LAYOUT):
        short = base.digest.removeprefix("sha256:")[:12]
        said = f"# Load the base {base.reference} first, or name it: docker build --build-arg BASE=<image> ."
        return [said, f"ARG BASE=modelport-base:{short}", "FROM ${BASE}"]
    named = base.reference.partition("@")[0]
    return [f"ARG BASE={named}@{base.digest}", "FROM ${BASE}"]


def _pair(name: str, value: str) -> str:
    if "\n" in value or "\r" in value:
        msg = f"environment variable {name}: a Dockerfile cannot hold a value of several lines; use builder oci"
        raise ModelportError(msg)
    return f'{name}="{_SPECIAL.sub(_ESCAPED, value)}"'
