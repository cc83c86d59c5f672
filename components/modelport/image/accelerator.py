"""Graphics cards: which packages an image takes in place of the ordinary ones."""

from collections.abc import Iterable
from typing import Final

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from modelport.errors import InputError
from modelport.image.builders import FILES
from modelport.image.request import ImageRequest
from modelport.image.requirements import normalised

CUDA12: Final = "cuda12"
ACCELERATORS: Final = (CUDA12,)
ACCELERATOR: Final = "accelerator"
_ONNX_RUNTIME: Final = "onnxruntime"
_ONNX_RUNTIME_GPU: Final = "onnxruntime-gpu"
_LAST_CUDA12: Final = SpecifierSet("<1.27")
"""1.26 is the newest whose extras bring CUDA 12; 1.30 brings CUDA 13."""
_LIBRARIES: Final = ("cuda", "cudnn")
"""Extras that bring NVIDIA's libraries as wheels, so that any base will do: only the driver is the host's."""


def accelerator_problems(request: ImageRequest) -> list[InputError]:
    """Find what stands against the accelerator of *request*."""
    wanted = request.accelerator
    if wanted is None:
        return []
    if wanted not in ACCELERATORS:
        return [InputError(ACCELERATOR, f"{wanted!r} is not known: it is one of {', '.join(ACCELERATORS)}")]
    if request.builder == FILES:
        reason = f"{wanted!r} goes into an image, and this service runs as a process: build an image (builder: oci)"
        return [InputError(ACCELERATOR, reason)]
    place = f"{request.platform.system}/{request.platform.machine}"
    if place != "linux/amd64":
        reason = f"{wanted!r} has packages for linux/amd64 only, the image is for {place}: set platform linux/amd64"
        return [InputError(ACCELERATOR, reason)]
    return []


def accelerated(packages: Iterable[str], accelerator: str | None) -> set[str]:
    """Put the packages for *accelerator* in the place of those in *packages* (normalised lines) that know none."""
    return {_accelerated(each) if accelerator == CUDA12 else each for each in packages}


def _accelerated(line: str) -> str:
    text, *hashes = line.split(" --hash")
    requirement = Requirement(text)
    if requirement.name != _ONNX_RUNTIME or hashes:  # hashes allow that one file and no other
        return line
    requirement.name = _ONNX_RUNTIME_GPU
    requirement.extras |= set(_LIBRARIES)
    requirement.specifier &= _LAST_CUDA12
    return normalised(requirement)
