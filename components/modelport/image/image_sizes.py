"""How large an image is, and which of its layers make it so."""

from collections.abc import Mapping, Sequence
from typing import Final

from modelport.image.layers import KIND_ANNOTATION, LayerKind
from modelport.store.descriptor import Descriptor

MEGABYTE: Final = 1_000_000
_SHOWN: Final = {
    LayerKind.BASE: "base",
    LayerKind.ENVIRONMENT: "environment",
    LayerKind.RUNTIME: "runtime",
    LayerKind.MODEL: "models",
    LayerKind.SCRIPT: "script",
}
"""The layer of links has no size that anybody would ask for."""


def sizes_of(layers: Sequence[Descriptor]) -> dict[str, int]:
    """Add up the *layers* of a stored image by kind, in bytes as they are stored."""
    found: dict[str, int] = {}
    for each in layers:
        kind = each.annotations.get(KIND_ANNOTATION, LayerKind.BASE.value)
        found[kind] = found.get(kind, 0) + each.size
    return found


def size_line(name: str, sizes: Mapping[str, int]) -> str:
    """Write ``image digits: 72 MB (base 48, environment 22, runtime 0.1, models 0.1, script 0)``."""
    parts = ", ".join(f"{shown} {_megabytes(sizes.get(kind.value, 0))}" for kind, shown in _SHOWN.items())
    return f"image {name}: {_megabytes(sum(sizes.values()))} MB ({parts})"


def size_problem(name: str, sizes: Mapping[str, int], limit_mb: float | None) -> str | None:
    """Say what is wrong with an image above *limit_mb*."""
    total = sum(sizes.values())
    if limit_mb is None or total <= limit_mb * MEGABYTE:
        return None
    return (
        f"{size_line(name, sizes)} is above the limit of {limit_mb:g} MB: take a smaller base or fewer packages, "
        f"or raise the limit"
    )


def _megabytes(size: int) -> str:
    """Write *size* with one digit behind the point below 10 MB, 0 for nothing, never 0.0 for something."""
    megabytes = size / MEGABYTE
    if size == 0 or megabytes >= 10:  # noqa: PLR2004 - see above
        return f"{megabytes:.0f}"
    return f"{max(megabytes, 0.1):.1f}"
