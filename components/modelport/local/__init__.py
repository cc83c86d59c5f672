"""Services on this machine."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelport.local.arguments import LocalServiceArgs
    from modelport.local.component import LocalService

__all__ = ["LocalService", "LocalServiceArgs"]


def __getattr__(name: str) -> object:
    """Load the component when it is asked for: commands that only look at a service need no Pulumi."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from modelport.local import component  # noqa: PLC0415 - imports the Pulumi SDK, half a second

    return getattr(component, name)
