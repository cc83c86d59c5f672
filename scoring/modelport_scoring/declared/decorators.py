"""The decorators of ``inference_schema``, and what they have said of a function."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from modelport_scoring.declared.parameter_type import ALL_VERSIONS, AbstractParameterType, Node

Function = Callable[..., Any]


class Declared:
    """A function with what is declared of its arguments and result."""

    def __init__(self, function: Function) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.names = list(inspect.signature(function).parameters)
        self.inputs: dict[str, tuple[AbstractParameterType, bool, bool]] = {}
        """Of each argument: its type, whether it is converted, whether it may be left out."""
        self.output: AbstractParameterType | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  the function's
        """Call the function with its arguments converted."""
        given = dict(zip(self.names, args, strict=False)) | kwargs
        for name, (kind, converts, is_optional) in self.inputs.items():
            if converts and name in given and (given[name] or not is_optional):
                given[name] = kind.deserialize_input(given[name])
        return self.function(**given)


def input_schema(
    param_name: str,
    param_type: AbstractParameterType,
    convert_to_provided_type: bool = True,  # noqa: FBT001, FBT002  the package's
    optional: bool = False,  # noqa: FBT001, FBT002  the same
) -> Callable[[Function], Declared]:
    """Declare the argument *param_name*. Raises `ValueError` when the function has none of that name."""
    _check(param_type)

    def declare(function: Function) -> Declared:
        declared = _declared(function)
        if param_name not in declared.names:
            msg = f'Error, provided param_name "{param_name}" is not in the decorated function.'
            raise ValueError(msg)
        declared.inputs[param_name] = (param_type, convert_to_provided_type, optional)
        return declared

    return declare


def output_schema(output_type: AbstractParameterType) -> Callable[[Function], Declared]:
    """Declare the result; it is neither converted nor checked. Raises `ValueError` for a second one."""
    _check(output_type)

    def declare(function: Function) -> Declared:
        declared = _declared(function)
        if declared.output is not None:
            msg = "Error, output schema already defined for function."
            raise ValueError(msg)
        declared.output = output_type
        return declared

    return declare


def is_schema_decorated(function: Function) -> bool:
    """Say whether anything is declared of *function*."""
    return isinstance(function, Declared)


def get_input_schema(function: Function) -> Node:
    """Describe all arguments, with an example."""
    declared = _declared(function)
    described = {name: kind.input_to_swagger() for name, (kind, _, _) in declared.inputs.items()}
    properties, example = {}, {}
    for name in declared.names if described else ():
        node = dict(described.get(name, {"example": ""}))
        example[name] = node.pop("example", "")
        properties[name] = node
    return {"type": "object", "properties": properties, "example": example} if described else {"type": "object"}


def get_output_schema(function: Function) -> Node:
    """Describe the result."""
    output = _declared(function).output
    return {"type": "object"} if output is None else output.input_to_swagger()


def get_supported_versions(function: Function) -> list[str]:
    """List the versions of the document that can express every sample."""
    declared = _declared(function)
    kinds = [kind for kind, _, _ in declared.inputs.values()]
    kinds += [declared.output] if declared.output is not None else []
    return [version for version in ALL_VERSIONS if all(version in each.supported_versions() for each in kinds)]


def _declared(function: Function) -> Declared:
    return function if isinstance(function, Declared) else Declared(function)


def _check(kind: object) -> None:
    if not isinstance(kind, AbstractParameterType):
        msg = "Error, provided param_type must be a subclass of the AbstractParameterType."
        raise TypeError(msg)
