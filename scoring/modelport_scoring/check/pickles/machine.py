"""
Follows a pickle's opcodes with what is known of the values, and reports what it names and calls.

Source: the comments of CPython's pickletools.py, and pickle.py's `_Unpickler`.
"""

import re
from collections.abc import Callable
from typing import Final, NoReturn

from modelport_scoring.check.pickles.allowed import is_sklearn_class
from modelport_scoring.check.pickles.arrays import ArrayState
from modelport_scoring.check.pickles.literals import constants, texts
from modelport_scoring.check.pickles.reading import UNTOLD, Names, Reading
from modelport_scoring.check.pickles.report import BrokenPickleError, Report, UndecidedError
from modelport_scoring.check.pickles.stack import Handlers, Stack
from modelport_scoring.check.pickles.stream import Stream
from modelport_scoring.check.pickles.values import (
    INSTANCE,
    OPAQUE,
    RESULT,
    WRAPPER_CLASS,
    Dtype,
    Named,
    Value,
    Wrapper,
)

NEWEST_PROTOCOL: Final = 5
_BATCH: Final = 1 << 16
_VERSION_KEY: Final = "_sklearn_version"
_VERSION: Final = re.compile(r"[0-9]+(\.[0-9a-zA-Z+]+)*")
_ARRAYS: Final = frozenset({"_reconstruct", "ndarray", WRAPPER_CLASS.name})
"""What these give is an array: no text, and nothing that can be called."""


class _StoppedError(Exception):
    """The STOP opcode was reached."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


class Machine:
    """One pickle of *stream*, with a memo of its own. Findings go to *report*."""

    def __init__(self, stream: Stream, report: Report, reading: Reading) -> None:
        self._stream = stream
        self._report = report
        self._reading = reading
        self._names = Names(stream, report, reading)
        self._stack = Stack(stream, follows_arrays=reading.joblib)
        self._frame_end = 0
        self._last_text: Value = None

    def run(self) -> Value:
        """Read to STOP; give the value. Raises `BrokenPickleError` where the unpickler would fail."""
        handlers, byte = self._table(), self._stream.byte
        try:
            while True:
                for _ in range(_BATCH):
                    handlers[byte()]()
                self._stack.check_size()
                self._count(_BATCH)
        except _StoppedError as stopped:
            self._count(1)
            return stopped.value
        except (IndexError, KeyError, ValueError) as error:
            msg = "it takes values that are not there"
            raise BrokenPickleError(msg) from error

    def _count(self, opcodes: int) -> None:
        self._report.opcodes_left -= opcodes
        if self._report.opcodes_left < 0:
            msg = "it has too many opcodes"
            raise UndecidedError(msg)

    def _table(self) -> list[Callable[[], None]]:
        table: list[Callable[[], None]] = [self._no_opcode] * 256
        for code, read in texts().items():
            table[code[0]] = self._text_pusher(read)
        for code, read in constants().items():
            table[code[0]] = self._pusher(read)
        for codes, handler in {**self._stack.handlers(), **self._handlers()}.items():
            for each in codes:
                table[each] = handler
        return table

    def _handlers(self) -> Handlers:
        take, take_marked, number = self._stack.take, self._stack.take_marked, self._stream.number
        return {
            b"a": lambda: self._add(take(1)),
            b"e\x90": lambda: self._add(take_marked()),
            b"s": lambda: self._set_items(take(2)),
            b"u": lambda: self._set_items(take_marked()),
            b"c": lambda: self._push(self._names.read()),
            b"\x93": lambda: self._push(self._names.taken(*take(2))),
            b"i": lambda: self._inst(take_marked()),
            b"o": lambda: self._obj(take_marked()),
            b"R": self._reduce,
            b"\x81": self._new,
            b"\x92": self._new_with_keywords,
            b"b": self._build,
            b"\x82": lambda: self._extension(number(1)),
            b"\x83": lambda: self._extension(number(2)),
            b"\x84": lambda: self._extension(number(4)),
            b"P": lambda: self._persistent([self._stream.line()]),
            b"Q": lambda: self._persistent(take(1)),
            b"\x80": self._proto,
            b"\x95": self._frame,
            b"\x98": lambda: None,  # a buffer becomes read-only
            b".": self._stop,
        }

    def _pusher(self, read: Callable[[Stream], Value]) -> Callable[[], None]:
        stream, stack = self._stream, self._stack
        return lambda: stack.items.append(read(stream))

    def _text_pusher(self, read: Callable[[Stream], Value]) -> Callable[[], None]:
        stream, stack = self._stream, self._stack

        def push() -> None:
            text = read(stream)
            if self._last_text == _VERSION_KEY and isinstance(text, str) and _VERSION.fullmatch(text):
                self._report.sklearn_version = text
            self._last_text = text
            stack.items.append(text)

        return push

    def _push(self, value: Value) -> None:
        self._stack.items.append(value)

    def _add(self, _values: list[Value]) -> None:
        self._touch(self._stack.items[-1])

    def _set_items(self, values: list[Value]) -> None:
        self._touch(self._stack.items[-1])
        self._stack.set_items(values)

    def _touch(self, target: Value) -> None:
        """Take note that *target* is changed: an object that the pickle only names is not its own."""
        if isinstance(target, Named):
            self._names.find(f"{target.module}.{target.name}", "changed, not only used")

    def _made(self, maker: Value, arguments: Value) -> Value:
        if maker in {RESULT, INSTANCE}:
            self._names.find("(the result of a call)", "called in its turn")
        elif not isinstance(maker, Named):
            raise ValueError  # cannot be called
        self._names.call()
        if not isinstance(maker, Named):
            return RESULT
        if (maker.module, maker.name) == ("numpy", "dtype"):
            return Dtype(arguments if isinstance(arguments, tuple) else ())
        if maker.name in _ARRAYS:
            return OPAQUE
        return INSTANCE if is_sklearn_class(maker.module, maker.name) else RESULT

    def _reduce(self) -> None:
        maker, arguments = self._stack.take(2)
        self._push(self._made(maker, arguments))

    def _new(self) -> None:
        top = self._stack.items[-2:]
        if self._stack.open_wrapper is None and top == [WRAPPER_CLASS, ()]:
            self._stack.open_wrapper = Wrapper()
            self._stack.items[-2:] = [self._stack.open_wrapper]
        else:
            self._reduce()

    def _new_with_keywords(self) -> None:
        maker, _arguments, _keywords = self._stack.take(3)
        self._push(self._made(maker, OPAQUE))

    def _inst(self, arguments: list[Value]) -> None:
        self._push(self._names.read())
        [maker] = self._stack.take(1)
        self._push(self._made(maker, tuple(arguments)))

    def _obj(self, values: list[Value]) -> None:
        self._push(self._made(values[0], tuple(values[1:])))

    def _build(self) -> None:
        state = self._stack.take(1)[0]
        target = self._stack.items[-1]
        self._touch(target)
        if isinstance(target, Wrapper):
            self._array(ArrayState(state))
        elif isinstance(target, Dtype):
            target.state, target.settings = state, target.settings + 1
        elif target in {RESULT, INSTANCE}:
            self._names.call()

    def _array(self, state: ArrayState) -> None:
        self._check_frame()
        self._report.arrays += 1
        self._stack.open_wrapper = None
        self._stack.items[-1] = OPAQUE
        if state.holds_objects():
            Machine(self._stream, self._report, Reading(self._reading.member)).run()
        else:
            state.skip(self._stream)

    def _extension(self, code: int) -> None:
        self._names.find(f"(extension {code} of copyreg)", UNTOLD)
        self._push(RESULT)

    def _persistent(self, _id: list[Value] | list[bytes]) -> None:
        if not self._reading.torch:
            if not self._reading.certain:
                raise ValueError  # the unpickler refuses it
            self._names.find("(a persistent id)", "resolved by the program that loads it")
        self._push(OPAQUE)

    def _proto(self) -> None:
        self._names.protocol = self._stream.byte()
        if self._names.protocol > NEWEST_PROTOCOL:
            msg = f"its protocol is {self._names.protocol}, and {NEWEST_PROTOCOL} is the newest"
            raise BrokenPickleError(msg)

    def _frame(self) -> None:
        length = self._stream.number(8)
        self._frame_end = self._stream.position + length

    def _check_frame(self) -> None:
        """Python's unpickler reads on after the frame, C's after the last opcode: they must be the same place."""
        if self._frame_end > self._stream.position:
            msg = "a frame of it goes on after its end"
            raise UndecidedError(msg)

    def _stop(self) -> None:
        [value] = self._stack.take(1)
        self._check_frame()
        raise _StoppedError(value)

    def _no_opcode(self) -> NoReturn:
        msg = "it holds a byte that is no opcode"
        raise BrokenPickleError(msg)
