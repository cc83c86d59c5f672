"""Tests of `modelport.registry.archive`."""

import gc
import gzip
import io
import stat
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from modelport.errors import ModelportError
from modelport.registry.content import read_model
from modelport.registry.errors import ArchiveError

_Entries = dict[str, bytes | tarfile.TarInfo]


def _pack(path: Path, entries: _Entries) -> Path:
    mode = "w:gz" if path.name.endswith(("gz",)) else "w"
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]  # both are modes
        for name, content in entries.items():
            if isinstance(content, tarfile.TarInfo):
                content.name = name
                archive.addfile(content)
                continue
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def _zip(path: Path, entries: dict[str, bytes], mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return path


def _entry(kind: bytes, target: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo()
    entry.type = kind
    entry.linkname = target
    return entry


def _leftovers(base: Path) -> list[Path]:
    return list((base / ".modelport").glob("*"))


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tgz", ".zip"])
def test_an_archive_is_the_model_that_it_holds(tmp_path: Path, suffix: str) -> None:
    """
    Packed or not: the same digest; the archive's one top folder is the model's.
    """
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "model.onnx").write_bytes(b"graph")
    pack: Callable[..., Path] = _zip if suffix == ".zip" else _pack
    pack(tmp_path / f"download{suffix}", {"mnist/model.onnx": b"graph"})
    plain = read_model("mnist", Path("mnist"), base=tmp_path)

    with read_model("mnist", Path(f"download{suffix}"), base=tmp_path, unpack=True) as content:
        assert plain.digest == content.digest
        assert b"".join(plain.layer_chunks()) == b"".join(content.layer_chunks())
    assert [] == _leftovers(tmp_path)


def test_several_top_entries_lie_in_a_folder_named_like_the_archive(tmp_path: Path) -> None:
    """
    Without one top entry the archive's own name is the folder's; links inside count as files.
    """
    _pack(tmp_path / "model.tar.gz", {"a": b"a", "b/c": b"c", "b/link": _entry(tarfile.SYMTYPE, "../a")})

    with read_model("m", Path("model.tar.gz"), base=tmp_path, unpack=True) as content:
        assert [("model/a", 1), ("model/b/c", 1), ("model/b/link", 1)] == [(f.path, f.size) for f in content.files]


def test_a_forgotten_archive_is_removed_with_its_content(tmp_path: Path) -> None:
    """
    What was unpacked goes when nobody needs it any more, closed or not.
    """
    content = read_model("m", _pack(tmp_path / "m.tar", {"a": b"a"}), base=tmp_path, unpack=True)
    assert 1 == len(_leftovers(tmp_path))
    del content
    gc.collect()

    assert [] == _leftovers(tmp_path)


_FORGET = """
import sys
from pathlib import Path
from modelport.registry.content import read_model
base = Path(sys.argv[1])
kept = [read_model("m", Path("m.tar"), base=base, unpack=True)]
kept.append(kept)  # a circle, which nobody collects before the end
print(len(list((base / ".modelport").iterdir())))
"""


def test_an_archive_is_removed_at_exit(tmp_path: Path) -> None:
    """
    A program that ends without closing its models leaves nothing unpacked.
    """
    _pack(tmp_path / "m.tar", {"a": b"a"})
    found = subprocess.run([sys.executable, "-c", _FORGET, str(tmp_path)], capture_output=True, text=True, check=True)

    assert ("1\n", "") == (found.stdout, found.stderr)
    assert [] == _leftovers(tmp_path)


_HOSTILE: list[tuple[_Entries, str]] = [
    ({"../evil": b"x"}, "would land outside"),
    ({"a/../../evil": b"x"}, "would land outside"),
    ({"/evil": b"x"}, "would land outside"),
    ({"link": _entry(tarfile.SYMTYPE, "../..")}, "out of the model"),
    ({"link": _entry(tarfile.SYMTYPE, "/etc/passwd")}, "out of the model"),
    ({"link": _entry(tarfile.SYMTYPE, "inner"), "link/evil": b"x"}, "through the link"),
    ({"a": b"a", "./a": b"b"}, "twice"),
    ({"a": b"a", "hard": _entry(tarfile.LNKTYPE, "a")}, "device, pipe or hard link"),
    ({"device": _entry(tarfile.CHRTYPE)}, "device, pipe or hard link"),
    ({"pipe": _entry(tarfile.FIFOTYPE)}, "device, pipe or hard link"),
]


@pytest.mark.parametrize(("entries", "reason"), _HOSTILE)
def test_a_hostile_archive_is_refused_whole(tmp_path: Path, entries: _Entries, reason: str) -> None:
    """
    Escapes by path or link, and what is no file, are named; nothing is left, inside or outside.
    """
    _pack(tmp_path / "model.tar", entries)

    with pytest.raises(ArchiveError, match=reason):
        read_model("m", Path("model.tar"), base=tmp_path, unpack=True)
    assert [] == _leftovers(tmp_path)
    assert {"model.tar", ".modelport"} == {path.name for path in tmp_path.iterdir()}


def test_links_that_escape_together_are_refused(tmp_path: Path) -> None:
    """
    Two links that each stay inside, and lead out together, are found when the model is read.
    """
    entries: _Entries = {
        "a/b/c": b"x",
        "one": _entry(tarfile.SYMTYPE, "a/b"),
        "two": _entry(tarfile.SYMTYPE, "one/../../../out"),
    }
    _pack(tmp_path / "model.tar", entries)

    with pytest.raises(ModelportError):
        read_model("m", Path("model.tar"), base=tmp_path, unpack=True)
    assert [] == _leftovers(tmp_path)


def test_a_zip_cannot_escape_either(tmp_path: Path) -> None:
    """
    Paths and links of a zip are looked at like a tar's.
    """
    for number, archive in enumerate(
        (
            _zip(tmp_path / "path.zip", {"../evil": b"x"}),
            _zip(tmp_path / "link.zip", {"link": b"/etc/passwd"}, stat.S_IFLNK | 0o777),
        )
    ):
        with pytest.raises(ArchiveError, match=("would land outside", "out of the model")[number]):
            read_model("m", archive, base=tmp_path, unpack=True)


@pytest.mark.parametrize("pack", [_pack, _zip])
def test_a_bomb_is_defused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[..., Path]) -> None:
    """
    An archive that grows beyond the ratio is given up early; nothing is left.
    """
    monkeypatch.setattr("modelport.registry.archive.RATIO_FREE_BYTES", 1 << 20)
    bomb = pack(tmp_path / ("bomb.zip" if pack is _zip else "bomb.tar.gz"), {"zeros": bytes(8 << 20)})

    with pytest.raises(ArchiveError, match="unpacks to more than"):
        read_model("m", bomb, base=tmp_path, unpack=True)
    assert [] == _leftovers(tmp_path)


def test_a_header_of_any_length_is_not_believed(tmp_path: Path) -> None:
    """
    A pax header that claims gigabytes is damage, not memory.
    """
    header = tarfile.TarInfo("x")
    header.type = tarfile.XHDTYPE
    header.size = 4 << 30
    (tmp_path / "bomb.tar.gz").write_bytes(gzip.compress(header.tobuf()))

    with pytest.raises(ArchiveError, match=f"header takes {4 << 30} bytes"):
        read_model("m", Path("bomb.tar.gz"), base=tmp_path, unpack=True)


def _encrypted(path: Path) -> None:
    data = bytearray(_zip(path, {"a": b"a"}).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "arrange", "reason"),
    [
        ("missing.tar", lambda _path: None, "does not exist"),
        ("model.rar", lambda path: path.write_bytes(b"x"), "is of no known kind"),
        ("model.zip", lambda path: path.write_bytes(b"no zip"), "is damaged"),
        ("model.tar.gz", lambda path: path.write_bytes(b"no gzip"), "is damaged"),
        ("model.tgz", lambda path: path.write_bytes(_pack(path, {"a": b"a" * 9999}).read_bytes()[:-20]), "is damaged"),
        ("model.zip", _encrypted, "cannot be unpacked here"),
    ],
)
def test_a_damaged_archive_is_named(tmp_path: Path, name: str, arrange: Callable[[Path], object], reason: str) -> None:
    """
    What cannot be unpacked is one line with the archive's path.
    """
    arrange(tmp_path / name)

    with pytest.raises(ArchiveError, match=reason) as error:
        read_model("m", Path(name), base=tmp_path, unpack=True)
    assert str(tmp_path / name) in str(error.value)
