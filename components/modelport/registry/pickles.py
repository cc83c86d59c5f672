"""What a pickle says of scikit-learn, read from its opcodes. The pickle is never loaded: that would run its code."""

import io
import pickletools
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_OPCODES_READ = 300_000
_HEAD_BYTES = 1 << 20
_TAIL_BYTES = 1 << 16
_LONGEST_TEXT = 4096
_OPCODES = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}
_LENGTH_BYTES = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}
_COMPRESSED = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"\x1f\x8b")
_VERSION_KEY = "_sklearn_version"
_VERSION = re.compile(r"[0-9]+(\.[0-9a-zA-Z+]+)*")
# Key and value as protocols 2 to 5 write them: a text, perhaps a memo, a text.
_VERSION_IN_BYTES = re.compile(
    rb"(?:\x8c\x10|X\x10\0\0\0)_sklearn_version(?:\x94|q.|r....)?(?:\x8c.|X.\0\0\0)([0-9][0-9a-zA-Z.+]*)", re.DOTALL
)


def sklearn_in(path: Path) -> tuple[bool, str | None]:
    """
    Say whether the pickle at *path* names scikit-learn, and which version wrote it, where it says so.

    Reads at most `_OPCODES_READ` opcodes and skips over large data. joblib's arrays lie between opcodes, so reading
    may end there; the version is then looked for in the last bytes, where the outermost estimator has it.
    """
    with path.open("rb") as file:
        stream = _uncompressed(file)
        named, version = _walk(stream)
        if named and version is None:
            version = _version_in_tail(stream)
    return named, version


def _uncompressed(file: BinaryIO) -> BinaryIO:
    start = file.read(2)
    file.seek(0)
    if start not in _COMPRESSED:
        return file
    try:
        return io.BytesIO(zlib.decompressobj(wbits=47).decompress(file.read(_HEAD_BYTES), _HEAD_BYTES))
    except zlib.error:
        return io.BytesIO()


def _walk(stream: BinaryIO) -> tuple[bool, str | None]:
    named = False
    previous = ""
    for text in _texts(stream):
        named = named or text.partition(".")[0] == "sklearn"
        if previous == _VERSION_KEY and _VERSION.fullmatch(text):
            return True, text
        previous = text
    return named, None


def _texts(stream: BinaryIO) -> Iterator[str]:
    """Give the text arguments of a pickle's opcodes; ends quietly where the bytes are no pickle."""
    for _ in range(_OPCODES_READ):
        opcode = _OPCODES.get(stream.read(1))
        if opcode is None or opcode.name == "STOP":
            return
        if opcode.arg is not None:
            argument = _argument(stream, opcode.arg.n, lines=2 if opcode.name in {"GLOBAL", "INST"} else 1)
            if argument and ("UNICODE" in opcode.name or opcode.name in {"GLOBAL", "INST"}):
                yield argument.decode(errors="replace").partition("\n")[0]


def _argument(stream: BinaryIO, length: int, *, lines: int) -> bytes:
    if length == pickletools.UP_TO_NEWLINE:
        return b"".join(stream.readline(_LONGEST_TEXT) for _ in range(lines))
    if length in _LENGTH_BYTES:
        length = int.from_bytes(stream.read(_LENGTH_BYTES[length]), "little")
    if length > _LONGEST_TEXT:
        stream.seek(length, io.SEEK_CUR)
        return b""
    return stream.read(length)


def _version_in_tail(stream: BinaryIO) -> str | None:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _TAIL_BYTES))
    found = _VERSION_IN_BYTES.findall(stream.read())
    return found[-1].decode() if found else None
