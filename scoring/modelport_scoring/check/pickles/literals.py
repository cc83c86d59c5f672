"""Opcodes that push a constant, and what the scan keeps of it."""

import codecs
from collections.abc import Callable
from typing import Final

from modelport_scoring.check.pickles.report import BrokenPickleError
from modelport_scoring.check.pickles.stream import Stream
from modelport_scoring.check.pickles.values import OPAQUE, UNKNOWN_TEXT, Value

LONGEST_NAME: Final = 256
"""Characters; a longer text is no name of a module or a class."""
LONGEST_ENCODED: Final = 12 * LONGEST_NAME
"""Bytes; an escape of protocol 0 takes ten for a character."""
LONGEST_NUMBER: Final = 16
"""Bytes; a longer one is no side of an array."""
_INT_BYTES: Final = 4


def texts() -> dict[bytes, Callable[[Stream], Value]]:
    """Give the readers of text opcodes."""
    return {
        b"X": lambda stream: _counted_text(stream, 4, _utf8),
        b"\x8c": lambda stream: _counted_text(stream, 1, _utf8),
        b"\x8d": lambda stream: _counted_text(stream, 8, _utf8),
        b"T": lambda stream: _counted_text(stream, 4, _python2),
        b"U": lambda stream: _counted_text(stream, 1, _python2),
        b"V": lambda stream: _kept(stream.line(), lambda line: line.decode("raw-unicode-escape")),
        b"S": lambda stream: _kept(stream.line(), _quoted),
    }


def constants() -> dict[bytes, Callable[[Stream], Value]]:
    """Give the readers of all other constants."""
    return {
        b"N": lambda _stream: None,
        b"\x88": lambda _stream: True,
        b"\x89": lambda _stream: False,
        b"J": lambda stream: int.from_bytes(stream.read(_INT_BYTES), "little", signed=True),
        b"K": Stream.byte,
        b"M": lambda stream: stream.number(2),
        b"I": lambda stream: _number(stream.line()),
        b"L": lambda stream: _number(stream.line().removesuffix(b"L")),
        b"\x8a": lambda stream: _long(stream, stream.byte()),
        b"\x8b": lambda stream: _long(stream, stream.number(4)),
        b"F": lambda stream: _passed(stream.line()),
        b"G": lambda stream: _passed(stream.read(8)),
        b"B": lambda stream: _passed(stream.skip(stream.number(4))),
        b"C": lambda stream: _passed(stream.skip(stream.byte())),
        b"\x8e": lambda stream: _passed(stream.skip(stream.number(8))),
        b"\x96": lambda stream: _passed(stream.skip(stream.number(8))),
        b"\x97": lambda _stream: OPAQUE,  # a buffer from outside
        b"]": lambda _stream: OPAQUE,
        b"\x8f": lambda _stream: OPAQUE,
        b")": lambda _stream: (),
    }


def _passed(_data: bytes | None) -> Value:
    return OPAQUE


def _counted_text(stream: Stream, width: int, decode: Callable[[bytes], str | None]) -> Value:
    length = stream.number(width)
    if length > LONGEST_ENCODED:
        stream.skip(length)
        return UNKNOWN_TEXT
    return _kept(stream.read(length), decode)


def _utf8(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _python2(data: bytes) -> str | None:
    """Decode Python 2's ``str``; None where it depends on the loader's choice of an encoding."""
    return data.decode("ascii") if data.isascii() else None


def _kept(data: bytes, decode: Callable[[bytes], str | None]) -> Value:
    if len(data) > LONGEST_ENCODED:
        return UNKNOWN_TEXT
    try:
        text = decode(data)
    except ValueError as error:
        msg = f"it holds a text that cannot be decoded ({error})"
        raise BrokenPickleError(msg) from error
    return UNKNOWN_TEXT if text is None or len(text) > LONGEST_NAME else text


def _quoted(line: bytes) -> str | None:
    line = line.strip()
    if len(line) < 2 or line[:1] not in b"'\"" or line[:1] != line[-1:]:  # noqa: PLR2004  two quotes
        msg = "a text without quotes"
        raise ValueError(msg)
    return _python2(codecs.escape_decode(line[1:-1])[0])


def _number(line: bytes) -> Value:
    if line in {b"00", b"01"}:  # protocol 1's booleans
        return line == b"01"
    try:
        return int(line[:LONGEST_NAME], 0)
    except ValueError:
        return OPAQUE


def _long(stream: Stream, length: int) -> Value:
    if length > LONGEST_NUMBER:
        stream.skip(length)
        return OPAQUE
    return int.from_bytes(stream.read(length), "little", signed=True)
