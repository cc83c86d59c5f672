"""What all resources of our own provider share."""

from collections.abc import Mapping
from typing import Any

import pulumi


class NativeResource(pulumi.CustomResource):
    """
    A resource of this library's provider: snake_case in Python, camelCase on the wire, as in every Pulumi SDK.

    Its outputs are the annotated attributes of its class.
    """

    def __init__(
        self, token: str, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        # Inputs get the wire's names here: the SDK's translation would reach the keys of maps, which are the user's.
        given = {camel(key): value for key, value in inputs.items() if value is not None}
        super().__init__(token, name, {**dict.fromkeys(type(self).__annotations__), **given}, opts)

    def translate_output_property(self, prop: str) -> str:
        """Turn the wire's names of outputs into the names of the class."""
        return {camel(name): name for name in type(self).__annotations__}.get(prop, prop)


def camel(name: str) -> str:
    """Write a Python *name* as the wire does: ``entry_script`` becomes ``entryScript``."""
    first, *others = name.split("_")
    return first + "".join(each.capitalize() for each in others)
