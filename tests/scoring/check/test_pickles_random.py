"""The scan against Python's own unpickler, and against bytes of any kind."""

import contextlib
import io
import pickle
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modelport_scoring.check.pickles import PickleScan, scan_file

OPCODES = [
    *(b"(", b"0", b"1", b"2", b")", b"]", b"}", b"N", b"\x88", b"\x8f", b"K\x01", b"C\x01x", b"\x98", b"I01\n"),
    *(b"\x8c\x01m", b"\x8c\x01f", b"X\x01\0\0\0m", b"Vm\n", b"S'f'\n", b"U\x01m"),
    *(b"t", b"\x85", b"\x86", b"\x87", b"l", b"d", b"a", b"e", b"s", b"u", b"\x90", b"\x91"),
    *(b"\x94", b"q\x00", b"q\x01", b"p2\n", b"h\x00", b"h\x01", b"g2\n", b"j\x00\0\0\0", b"r\x03\0\0\0"),
    *(b"cm\nf\n", b"cbuiltins\ndict\n", b"cbuiltins\nstr\n", b"\x93", b"im\nf\n", b"o", b"R", b"b", b"\x81", b"\x92"),
    *(b"\x80\x02", b"\x80\x04", b"\x95\x03\0\0\0\0\0\0\0", b"."),
]
PROGRAMS = st.lists(st.sampled_from(OPCODES), max_size=40).map(b"".join)


class _Stub:
    """Takes whatever a pickle does to it."""

    def __new__(cls, *_arguments: object, **_keywords: object) -> Self:
        return super().__new__(cls)


class _Listening(pickle.Unpickler):
    """Loads nothing: notes what is asked for."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.asked: set[str] = set()

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401  as in the base
        self.asked.add(f"{module}.{name}")
        return {"dict": dict, "str": str}.get(name, _Stub)


def scan(data: bytes, suffix: str) -> PickleScan:
    with NamedTemporaryFile(suffix=suffix) as file:
        file.write(data)
        file.flush()
        return scan_file(Path(file.name), "model" + suffix)


@given(program=PROGRAMS)
@settings(max_examples=1500, deadline=None)
@pytest.mark.slow
def test_whatever_the_unpickler_asks_for_is_reported(program: bytes) -> None:
    """
    Of any program of opcodes: each name that Python's unpickler would look up and that is not allowed is a finding.
    """
    unpickler = _Listening(program)
    with contextlib.suppress(Exception):
        unpickler.load()
    found = scan(program, ".pkl").findings
    unreadable = any(each.what.startswith("(") for each in found)

    assert unreadable or {"m.f"} & unpickler.asked <= {each.what for each in found}


@given(program=PROGRAMS)
@settings(max_examples=500, deadline=None)
@pytest.mark.slow
def test_what_is_called_is_reported_under_any_name(program: bytes) -> None:
    """
    Without a pickle's suffix too: whatever is called that is not allowed.
    """
    called = []

    class _Called(_Stub):
        def __new__(cls, *_arguments: object, **_keywords: object) -> Self:
            called.append("m.f")
            return object.__new__(cls)

    class _Calling(_Listening):
        def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401  as in the base
            super().find_class(module, name)
            return {"dict": dict, "str": str}.get(name, _Called)

    with contextlib.suppress(Exception):
        _Calling(program).load()

    assert not called or scan(program, ".bin").findings


@given(data=st.binary(max_size=300), suffix=st.sampled_from([".pkl", ".npy", ".pt", ".bin", ".joblib.gz"]))
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_read_to_an_end(data: bytes, suffix: str) -> None:
    """
    Whatever the bytes are, the scan answers.
    """
    heads = (
        b"",
        b"\x80\x04",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\x93NUMPY\x01\0\x04\0",
        b"\x1f\x8b\x08\0",
        b"x\x9c",
        b"BZh9",
    )
    for head in heads:
        assert isinstance(scan(head + data, suffix), PickleScan)


@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_damaged_pickles_are_read_to_an_end(place: int, byte: int) -> None:
    """
    One byte changed in an honest pickle: the scan answers, and a name that was changed is no longer allowed.
    """
    data = bytearray(pickle.dumps({"a": [1, 2], "b": {3}, "c": complex(1, 2), "d": Path("x")}, 2))
    data[place % len(data)] = byte

    assert isinstance(scan(bytes(data), ".pkl"), PickleScan)
