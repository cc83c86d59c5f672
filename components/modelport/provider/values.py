"""Property values as the engine sends them: plain data, unknowns and secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from google.protobuf import struct_pb2

_SPECIAL: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - marks secrets, is none
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# What the engine puts in place of a value that only an update will know, one for each type (pulumi_policy/proxy.py).
_UNKNOWNS: Final = frozenset(
    {
        _UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


class Unknown:
    """A value that only an update will know."""

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN: Final = Unknown()

Value: TypeAlias = bool | int | float | str | list["Value"] | dict[str, "Value"] | Unknown | None
"""A property value without its secretness; whole numbers are `int`."""
Properties: TypeAlias = dict[str, "Value | Secret"]
"""The properties of one resource by camelCase name; secrets are marked at the top level only."""


@dataclass(frozen=True)
class Secret:
    """A value that the engine encrypts in the state and masks in its output. Its text form never shows it."""

    value: Value

    def __repr__(self) -> str:
        return "Secret(...)"


def decode(struct: struct_pb2.Struct) -> Properties:
    """Read the properties that the engine sent; a secret inside a property makes the whole property secret."""
    return {name: _decode_property(value) for name, value in struct.fields.items()}


def encode(properties: Mapping[str, Value | Secret]) -> struct_pb2.Struct:
    """Write properties for the engine; ``None`` is left out."""
    struct = struct_pb2.Struct()
    for name, value in properties.items():
        if value is None:
            continue
        data = _encode(value.value if isinstance(value, Secret) else value)
        marked: dict[str, Value] = {_SPECIAL: _SECRET, "value": data}
        struct.update({name: marked if isinstance(value, Secret) else data})  # type: ignore[dict-item]  # no Unknown is left
    return struct


def plain(properties: Mapping[str, Value | Secret]) -> dict[str, Value]:
    """Drop the marks of secrets: for computing, never for showing."""
    return {name: value.value if isinstance(value, Secret) else value for name, value in properties.items()}


def holds_unknown(value: Value) -> bool:
    """Tell whether *value* is unknown or holds an unknown at any depth."""
    if isinstance(value, list):
        return any(holds_unknown(item) for item in value)
    if isinstance(value, dict):
        return any(holds_unknown(item) for item in value.values())
    return isinstance(value, Unknown)


def _decode_property(value: struct_pb2.Value) -> Value | Secret:
    secrets: list[bool] = []
    decoded = _decode(value, secrets)
    return Secret(decoded) if secrets else decoded


def _decode(value: struct_pb2.Value, secrets: list[bool]) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _decode_object(value.struct_value, secrets)
    if kind == "list_value":
        return [_decode(item, secrets) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
    return value.bool_value if kind == "bool_value" else None


def _decode_object(struct: struct_pb2.Struct, secrets: list[bool]) -> Value:
    fields = struct.fields
    special = fields[_SPECIAL].string_value if _SPECIAL in fields else ""
    if special == _SECRET:
        secrets.append(True)
        return _decode(fields["value"], secrets)
    if special == _OUTPUT:
        if "secret" in fields and fields["secret"].bool_value:
            secrets.append(True)
        return _decode(fields["value"], secrets) if "value" in fields else UNKNOWN
    return {name: _decode(item, secrets) for name, item in fields.items()}


def _encode(value: Value) -> Value:
    if isinstance(value, Unknown):
        return _UNKNOWN
    if isinstance(value, list):
        return [_encode(item) for item in value]
    if isinstance(value, dict):
        return {name: _encode(item) for name, item in value.items() if item is not None}
    return value
