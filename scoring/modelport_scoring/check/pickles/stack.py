"""The unpickler's stack and memo, with the opcodes that only move values."""

from collections.abc import Callable, Iterable
from typing import Final

from modelport_scoring.check.pickles.report import UndecidedError
from modelport_scoring.check.pickles.stream import Stream
from modelport_scoring.check.pickles.values import OPAQUE, WRAPPER_CLASS, Dictionary, Value, Wrapper

VALUES_LIMIT: Final = 5_000_000
"""On the stack and in the memo together."""
LONGEST_TUPLE: Final = 64
"""The sides of an array, or what a call is given; a longer one is data."""

Handlers = dict[bytes, Callable[[], None]]
"""By opcode; several that do the same stand together."""


class Stack:
    """
    What the unpickler of *stream* has at hand.

    *follows_arrays*: a `Wrapper` decides where the next opcode is, so it may take no way that the scan cannot follow.
    Underflow raises IndexError, KeyError or ValueError, where the unpickler would fail too.
    """

    def __init__(self, stream: Stream, *, follows_arrays: bool) -> None:
        self.stream = stream
        self.items: list[Value] = []
        self.open_wrapper: Wrapper | None = None
        self._follows_arrays = follows_arrays
        self._marked: list[list[Value]] = []
        self._memo: dict[int, Value] = {}

    def handlers(self) -> Handlers:
        """Give what to do at each opcode."""
        line, byte, number = self.stream.line, self.stream.byte, self.stream.number
        return {
            b"(": self._mark,
            b"0": self._discard,
            b"1": self._discard_marked,
            b"2": self._duplicate,
            b"}": self._empty_dict,
            b"t": lambda: self._push_tuple(self.take_marked()),
            b"\x85": lambda: self._push_tuple(self.take(1)),
            b"\x86": lambda: self._push_tuple(self.take(2)),
            b"\x87": lambda: self._push_tuple(self.take(3)),
            b"l\x91": self._container,
            b"d": self._dict,
            b"g": lambda: self._get(int(line())),
            b"h": lambda: self._get(byte()),
            b"j": lambda: self._get(number(4)),
            b"p": lambda: self._put(int(line())),
            b"q": lambda: self._put(byte()),
            b"r": lambda: self._put(number(4)),
            b"\x94": lambda: self._put(len(self._memo)),
        }

    def check_size(self) -> None:
        """Raise `UndecidedError` when there are too many values."""
        if len(self._memo) + len(self.items) + sum(map(len, self._marked)) + len(self._marked) > VALUES_LIMIT:
            msg = f"it keeps more than {VALUES_LIMIT} values at once"
            raise UndecidedError(msg)

    def take(self, count: int) -> list[Value]:
        """Take the top *count* values, in the order they were pushed."""
        if len(self.items) < count:
            raise IndexError
        taken = self.items[-count:]
        del self.items[-count:]
        return self._checked(taken)

    def take_marked(self) -> list[Value]:
        """Take all values down to the mark."""
        taken, self.items = self.items, self._marked.pop()
        return self._checked(taken)

    def _checked(self, taken: list[Value]) -> list[Value]:
        if self._follows_arrays and (WRAPPER_CLASS in taken or (self.open_wrapper and self.open_wrapper in taken)):
            msg = "an array in it is not written as joblib writes arrays; save the model again with today's joblib"
            raise UndecidedError(msg)
        return taken

    def _mark(self) -> None:
        self._marked.append(self.items)
        self.items = []

    def _discard(self) -> None:
        if self.items:
            self.items.pop()
        else:
            self._discard_marked()

    def _discard_marked(self) -> None:
        self.items = self._marked.pop()

    def _duplicate(self) -> None:
        self.items.append(self.take(1)[0])
        self.items.append(self.items[-1])

    def _push_tuple(self, values: Iterable[Value]) -> None:
        whole = tuple(values)
        self.items.append(whole if len(whole) <= LONGEST_TUPLE else OPAQUE)

    def _container(self) -> None:
        self.take_marked()
        self.items.append(OPAQUE)

    def _empty_dict(self) -> None:
        self.items.append(Dictionary() if self.open_wrapper else OPAQUE)

    def _dict(self) -> None:
        values = self.take_marked()
        self._empty_dict()
        self.set_items(values)

    def set_items(self, values: list[Value]) -> None:
        """Put keys and values, in turn, into the dict on top."""
        target = self.items[-1]
        if isinstance(target, Dictionary):
            for key, value in zip(values[::2], values[1::2], strict=True):
                target.put(key, value)

    def _get(self, index: int) -> None:
        value = self._memo[index]
        if isinstance(value, Wrapper):
            self._checked([WRAPPER_CLASS])
        self.items.append(value)

    def _put(self, index: int) -> None:
        self._memo[index] = self.items[-1]
