"""What all resources of our own provider share."""

import pulumi


class NativeResource(pulumi.CustomResource):
    """A resource of this library's provider: snake_case in Python, camelCase on the wire, as in every Pulumi SDK."""

    def translate_output_property(self, prop: str) -> str:
        """Turn the provider's camelCase into the names of this class."""
        return {camel(name): name for name in self.__annotations__}.get(prop, prop)

    def translate_input_property(self, prop: str) -> str:
        """Turn Python's names into the provider's camelCase."""
        return camel(prop)


def camel(name: str) -> str:
    """Write a Python *name* as the engine does: ``entry_script`` becomes ``entryScript``."""
    first, *others = name.split("_")
    return first + "".join(each.capitalize() for each in others)
