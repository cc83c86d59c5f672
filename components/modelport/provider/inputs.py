"""Typed reading of a resource's inputs: programs in other languages are not checked before they reach us."""

from collections.abc import Mapping

from modelport.errors import InputError
from modelport.provider.values import Unknown, Value, holds_unknown


class Inputs:
    """The plain inputs of one resource; each reader raises `InputError` when the value has another type."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.values = dict(values)

    def unknown(self, *names: str) -> bool:
        """Tell whether any of *names* is, or holds, a value that only an update will know."""
        return any(holds_unknown(self.values.get(name)) for name in names)

    def text(self, name: str) -> str:
        """Read a required string."""
        value = self.optional_text(name)
        if value is None:
            reason = "is required"
            raise InputError(name, reason)
        return value

    def optional_text(self, name: str) -> str | None:
        """Read a string, or ``None`` when it was not given."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        raise InputError(name, _wanted("text", value))

    def whole(self, name: str, default: int) -> int:
        """Read a whole number."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise InputError(name, _wanted("a whole number", value))

    def number(self, name: str, default: float) -> float:
        """Read a number."""
        value = self.values.get(name)
        if value is None:
            return float(default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        raise InputError(name, _wanted("a number", value))

    def flag(self, name: str, *, default: bool) -> bool:
        """Read a boolean."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        raise InputError(name, _wanted("true or false", value))

    def texts(self, name: str) -> list[str]:
        """Read a list of strings; empty when it was not given."""
        value = self.values.get(name)
        if value is None:
            return []
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return [str(item) for item in value]
        raise InputError(name, _wanted("a list of texts", value))

    def text_map(self, name: str) -> dict[str, str]:
        """Read a map of strings; empty when it was not given."""
        return {key: str(value) for key, value in self.map_of(name, str).items()}

    def map_of(self, name: str, kind: type) -> dict[str, Value]:
        """Read a map whose values have the type *kind*; empty when it was not given."""
        value = self.values.get(name)
        if value is None:
            return {}
        if isinstance(value, dict) and all(isinstance(item, kind) for item in value.values()):
            return value
        raise InputError(name, _wanted(f"a map of {kind.__name__}", value))


def _wanted(kind: str, value: Value) -> str:
    shown = "a value that is not known yet" if isinstance(value, Unknown) else f"a {type(value).__name__}"
    return f"must be {kind}, not {shown}"
