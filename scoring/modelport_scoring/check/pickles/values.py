"""What the scan knows of a value on the unpickler's stack: only what decides about later opcodes."""

from dataclasses import dataclass, field
from typing import Final


class Opaque:
    """A value of no interest. There are few of them, told apart by identity."""

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __repr__(self) -> str:
        return self._what


OPAQUE: Final = Opaque("some value, no text, that cannot be called")
UNKNOWN_TEXT: Final = Opaque("a text: too long to be a name, or of an unknown encoding")
RESULT: Final = Opaque("what a call gave: anything")
INSTANCE: Final = Opaque("what a class gave: no text")


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A global: an object that the pickle names."""

    module: str
    name: str


@dataclass(slots=True, eq=False)
class Dtype:
    """A ``numpy.dtype``: what it was made with, and the state that was set on it."""

    arguments: "tuple[Value, ...]"
    state: "Value" = None
    settings: int = 0
    """How often a state was set."""


@dataclass(slots=True, eq=False)
class Wrapper:
    """A ``NumpyArrayWrapper`` of joblib that has no state yet."""


@dataclass(slots=True, eq=False)
class Dictionary:
    """A dict that may become the state of a `Wrapper`; *items* is None once a key is no text."""

    items: "dict[str, Value] | None" = field(default_factory=dict)

    def put(self, key: "Value", value: "Value") -> None:
        """Set an item."""
        if self.items is None or not isinstance(key, str):
            self.items = None
        else:
            self.items[key] = value


Value = Opaque | Named | Dtype | Wrapper | Dictionary | str | int | bool | None | tuple["Value", ...]
WRAPPER_CLASS: Final = Named("joblib.numpy_pickle", "NumpyArrayWrapper")
