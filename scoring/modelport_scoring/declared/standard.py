"""Values of Python's own types."""

import base64
import datetime as dt
import importlib
import importlib.util
from typing import Any, Final

from modelport_scoring.declared.parameter_type import AbstractParameterType, Node

DATE_TIME: Final = "%Y-%m-%d %H:%M:%S.%f"
_SIMPLE: Final[dict[type, Node]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer", "format": "int64"},
    float: {"type": "number", "format": "double"},
    str: {"type": "string"},
    bytes: {"type": "string", "format": "byte"},
    bytearray: {"type": "string", "format": "byte"},
    dt.datetime: {"type": "string", "format": "date-time"},
    dt.date: {"type": "string", "format": "date"},
    dt.time: {"type": "string", "format": "time"},
}


class StandardPythonParameterType(AbstractParameterType):
    """A number, a text, a time, or lists and dictionaries of them; other parameter types may stand inside."""

    def deserialize_input(self, input_data: Any) -> Any:  # noqa: ANN401  what JSON gives
        """Make a value like the sample. Raises `ValueError`."""
        return _converted(input_data, self.sample_input)

    def input_to_swagger(self) -> Node:
        """Describe the sample."""
        return schema_of(self.sample_input) | {"example": example_of(self.sample_input)}


def schema_of(value: object) -> Node:
    """Describe *value*, without an example. Raises `TypeError` for what JSON cannot carry."""
    if isinstance(value, AbstractParameterType):
        return {name: part for name, part in value.input_to_swagger().items() if name != "example"}
    if isinstance(value, dict):
        properties = {str(name): schema_of(each) for name, each in value.items()}
        return {"type": "object", "required": list(properties), "properties": properties}
    if isinstance(value, list | tuple):
        return {"type": "array", "items": _items(value)}
    simple = next((_SIMPLE[kind] for kind in type(value).__mro__ if kind in _SIMPLE), None)
    if simple is None and value is not None:
        msg = f"a sample of type {type(value).__name__} cannot be described: JSON cannot carry it"
        raise TypeError(msg)
    return dict(simple or {"type": "object"})


def example_of(value: object) -> Any:  # noqa: ANN401, PLR0911  what JSON takes; one case for each type
    """Write *value* as JSON takes it."""
    if isinstance(value, AbstractParameterType):
        return value.input_to_swagger()["example"]
    if isinstance(value, dict):
        return {str(name): example_of(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [example_of(each) for each in value]
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, dt.datetime):
        return value.strftime(f"{DATE_TIME} {value.strftime('%z') or '+0000'}")
    if isinstance(value, dt.time):
        return value.strftime("%H:%M:%S.%f") + " " + (value.strftime("%z") or "+0000")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def _items(values: list[Any] | tuple[Any, ...]) -> Node:
    """Describe what a list holds by its last item, as the package does."""
    return schema_of(values[-1]) if values else {"type": "object"}


def _converted(value: Any, sample: Any) -> Any:  # noqa: ANN401, PLR0911  one case for each type
    kind = type(sample)
    if isinstance(sample, AbstractParameterType):
        return (
            value
            if isinstance(value, sample.sample_data_type) and _is_leaf(sample)
            else sample.deserialize_input(value)
        )
    if isinstance(sample, bytes | bytearray):
        return kind(_decoded(value))
    if isinstance(sample, dt.datetime | dt.date | dt.time):
        return _time(value, kind)
    if isinstance(sample, float) and isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(sample, tuple) and isinstance(value, list):
        value = tuple(value)
    if not isinstance(value, kind):
        msg = f"Invalid input data type to parse. Expected: {kind} but got {type(value)}"
        raise ValueError(msg)  # noqa: TRY004  what the package raises
    if isinstance(sample, dict):
        inner = {name: each for name, each in sample.items() if isinstance(each, AbstractParameterType)}
        return {name: _converted(each, inner[name]) if name in inner else each for name, each in value.items()}
    if isinstance(sample, list | tuple) and sample and isinstance(sample[0], AbstractParameterType):
        return kind(_converted(each, sample[0]) for each in value)
    return value


def _is_leaf(sample: AbstractParameterType) -> bool:
    return not isinstance(sample, StandardPythonParameterType)


def _decoded(value: object) -> bytes:
    if not isinstance(value, str):
        msg = f"Invalid input data: bytes must come as a base64 text, not {type(value)}"
        raise ValueError(msg)  # noqa: TRY004  what the package raises
    return base64.b64decode(value)


def _time(value: object, kind: type) -> Any:  # noqa: ANN401  a datetime, date or time
    if not isinstance(value, str):
        msg = f"Invalid input data type to parse. Expected: {kind} but got {type(value)}"
        raise ValueError(msg)  # noqa: TRY004  what the package raises
    if issubclass(kind, dt.date) and not issubclass(kind, dt.datetime):
        return kind.fromisoformat(value)
    if importlib.util.find_spec("dateutil") is None:
        return kind.fromisoformat(value)  # type: ignore[attr-defined]  # datetime and time have it
    found = importlib.import_module("dateutil.parser").parse(value)
    return found.time() if issubclass(kind, dt.time) else found
