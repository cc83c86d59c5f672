"""Scoring images: content key, lock, environment, files."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelport.image.component import ScoringImage, ScoringImageArgs

__all__ = ["ScoringImage", "ScoringImageArgs"]


def __getattr__(name: str) -> object:
    """Load the component when it is asked for: commands that only read a build need no Pulumi."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from modelport.image import component  # noqa: PLC0415 - imports the Pulumi SDK, half a second

    return getattr(component, name)
