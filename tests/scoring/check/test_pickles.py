"""What pickles would do, read from their opcodes."""

from pathlib import Path

import pytest
from modelport_scoring.check.pickles import PickleScan, scan_file, stack

from tests.scoring.check.hostile import HOSTILE, PLACED, SYSTEM, call, member, text


def scan(folder: Path, data: bytes, name: str = "model.pkl") -> PickleScan:
    path = folder / name
    path.write_bytes(data)
    return scan_file(path, f"m/{name}")


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_pickles_are_refused(tmp_path: Path, kind: str) -> None:
    """
    Whatever way a pickle takes to something that is no part of a model, there is a finding.
    """
    assert () != scan(tmp_path, HOSTILE[kind]).findings


@pytest.mark.parametrize("kind", PLACED)
def test_hostile_pickles_are_found_wherever_they_lie(tmp_path: Path, kind: str) -> None:
    """
    Compressed, in archives, in NumPy's files, under another name: there is a finding all the same.
    """
    name, data = PLACED[kind]

    assert () != scan(tmp_path, data, name).findings


@pytest.mark.parametrize(
    ("data", "what", "position"),
    [
        (call("os", "system"), "os.system", 2),
        (b"c__builtin__\neval\n(S'1'\ntR.", "builtins.eval", 0),
        (HOSTILE["STACK_GLOBAL with memoized names"], "os.system", 22),
        (HOSTILE["STACK_GLOBAL with text of protocol 0"], "os.system", 24),
        (HOSTILE["STACK_GLOBAL by DUP"], "code.code", 9),
        (HOSTILE["EXT2"], "(extension 257 of copyreg)", 4),
        (HOSTILE["cut short"], "(unreadable)", 30),
    ],
)
def test_a_finding_says_what_and_where(tmp_path: Path, data: bytes, what: str, position: int) -> None:
    """
    The callable as Python 3 names it, and the byte of its opcode (of its end, where an argument came before).
    """
    found = scan(tmp_path, data).findings[0]

    assert ("m/model.pkl", what, position) == (found.file, found.what, found.position)


def test_members_of_archives_are_named(tmp_path: Path) -> None:
    """
    The file of a finding names the archive and what lies in it.
    """
    found = scan(tmp_path, member("archive/data.pkl", call("os", "system")), "net.pt").findings

    assert ["m/net.pt!archive/data.pkl"] == [each.file for each in found]


def test_every_other_callable_is_reported_once(tmp_path: Path) -> None:
    """
    Several findings of one file are all told, the same one only once, and never more than twenty.
    """
    data = b"\x80\x02" + SYSTEM * 3 + b"".join(f"cm\nf{number}\n".encode() for number in range(30)) + b"."
    found = scan(tmp_path, data).findings

    assert ["posix.system", "m.f0", "m.f1"] == [each.what for each in found[:3]]
    assert 20 == len(found)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"cat\ndog\nmouse\n",
        b'{"a": 1}',
        b"[1, 2]",
        b"import os\nos.system('id')\n",
        b"\x08\x07\x12\x04",
        bytes(1000),
        b"PK\x05\x06" + bytes(18),
        b"BZh91AY",
        b"x\x9cnot compressed",
    ],
)
def test_other_files_are_no_pickles(tmp_path: Path, data: bytes) -> None:
    """
    Texts, numbers, archives and what only begins like something else: no pickle, no finding.
    """
    assert PickleScan() == scan(tmp_path, data, "labels.txt")


def test_what_is_called_a_pickle_must_be_one(tmp_path: Path) -> None:
    """
    A file with a pickle's suffix that cannot be read as one is a finding: some loader may read more of it.
    """
    found = scan(tmp_path, b"weights", "model.joblib").findings

    assert [("(unreadable)", 1)] == [(each.what, each.position) for each in found]


@pytest.mark.parametrize("opcode", [b"(", b"N", b"N\x94", b"]\x94"])
def test_bombs_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opcode: bytes) -> None:
    """
    Endless marks, values and memo entries end with a finding, not with all memory.
    """
    monkeypatch.setattr(stack, "VALUES_LIMIT", 100_000)
    data = b"\x80\x04" + opcode * 200_000 + b"."

    assert "more than 100000 values" in scan(tmp_path, data).findings[0].why


def test_large_data_is_passed_over(tmp_path: Path) -> None:
    """
    Four gigabytes of bytes in a pickle are skipped, not read.
    """
    path = tmp_path / "model.pkl"
    with path.open("wb") as file:
        file.write(b"\x80\x04\x8e" + (4 << 30).to_bytes(8, "little"))
        file.seek(4 << 30, 1)
        file.write(b"0" + text("after") + b"0" + SYSTEM + b".")

    assert ["posix.system"] == [each.what for each in scan_file(path, "model.pkl").findings]
