"""Registered models."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelport.registry.component import ModelRegistry, ModelRegistryArgs, RegisteredModel, RegisteredModelArgs

__all__ = ["ModelRegistry", "ModelRegistryArgs", "RegisteredModel", "RegisteredModelArgs"]


def __getattr__(name: str) -> object:
    """Load the components when they are asked for: commands that only read a store need no Pulumi."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from modelport.registry import component  # noqa: PLC0415 - imports the Pulumi SDK, half a second

    return getattr(component, name)
