"""What a base brings with it that its user should know: its size, and whose licence its content has."""

from collections.abc import Iterator
from typing import Final

from modelport.image.base import LockedBase

LICENCE_LABEL: Final = "vnd.modelport.licence"
"""Label of an image, so that a policy can ask for targets that the licence allows."""
NVIDIA: Final = "NVIDIA"

_LARGE_BYTES: Final = 1_000_000_000
_NVIDIA_VARIABLES: Final = ("NV_CUDA", "NV_CUDNN", "NVIDIA_REQUIRE_CUDA=", "NVIDIA_PRODUCT_NAME=", "TENSORRT_VERSION=")
"""Set by NVIDIA's CUDA, cuDNN and TensorRT images. `NVIDIA_VISIBLE_DEVICES` is not among them: anybody may set it."""


def base_licence(base: LockedBase) -> str | None:
    """Name whose licence the content of *base* has beside its system's: `NVIDIA`, or ``None``."""
    by_label = any(name.startswith("com.nvidia.") for name in base.labels)
    by_variable = any(text.startswith(_NVIDIA_VARIABLES) for text in base.environment)
    return NVIDIA if by_label or by_variable else None


def base_findings(base: LockedBase) -> Iterator[str]:
    """Say what is worth knowing of *base*, one line each."""
    if base.size > _LARGE_BYTES:
        yield f"base {base.reference!r} is {base.size / 1e9:.1f} GB compressed: each new node pulls it; see python-slim"
    if base_licence(base) == NVIDIA:
        yield f"base {base.reference!r} has NVIDIA's libraries: the image may be run only where their licence allows"
