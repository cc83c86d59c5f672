"""Tests of `modelport.registry.extract`."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from modelport.errors import CancelledError
from modelport.registry.content import ModelContent, read_model
from modelport.registry.errors import RegistrationError
from modelport.registry.layout_versions import LayoutVersions
from modelport.registry.metadata import ModelMetadata
from modelport.store.errors import CorruptBlobError, NotWritableError

_FILES = {"net/a.onnx": b"graph", "net/deep/b": b"", "net/" + "n" * 120: b"x" * 2000}


@pytest.fixture
def content(tmp_path: Path, versions: LayoutVersions) -> ModelContent:
    """Register a folder with several files."""
    for name, data in _FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    content = read_model("net", Path("net"), base=tmp_path)
    versions.register(content, ModelMetadata(), created=datetime.now(UTC))
    return content


def test_what_comes_out_is_what_went_in(tmp_path: Path, versions: LayoutVersions, content: ModelContent) -> None:
    """
    Every file is there, byte for byte, as `<target>/<folder>/...`; so says the list.
    """
    versions.unpack("net", content.digest, tmp_path / "out" / "net")
    stored = versions.read_content("net", content.digest)
    target = tmp_path / "out" / "net"
    found = {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if path.is_file()}

    assert _FILES == found
    assert {name: len(data) for name, data in _FILES.items()} == {file.path: file.size for file in stored.files}
    assert [target] == list(target.parent.iterdir())


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-600] ^= 1
    path.write_bytes(data)


def _flip_header(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[600] ^= 1
    path.write_bytes(data)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-700])


@pytest.mark.parametrize("damage", [_flip, _flip_header, _truncate, Path.unlink])
def test_corrupt_models_are_never_unpacked(
    tmp_path: Path, versions: LayoutVersions, content: ModelContent, damage: Callable[[Path], None]
) -> None:
    """
    Damage anywhere is an error that names the digest, and leaves nothing.
    """
    damage(versions.store.path(content.layer.digest))

    with pytest.raises(CorruptBlobError, match=content.layer.digest):
        versions.unpack("net", content.digest, tmp_path / "out" / "net")
    assert not (tmp_path / "out").exists() or [] == list((tmp_path / "out").iterdir())


def test_nothing_is_overwritten(tmp_path: Path, versions: LayoutVersions, content: ModelContent) -> None:
    """
    An existing target is refused.
    """
    (tmp_path / "out").mkdir()

    with pytest.raises(RegistrationError, match="exists already"):
        versions.unpack("net", content.digest, tmp_path / "out")
    assert [] == list((tmp_path / "out").iterdir())


def test_a_cancelled_unpacking_leaves_nothing(
    tmp_path: Path, versions: LayoutVersions, content: ModelContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Ctrl-C removes what was unpacked so far.
    """
    monkeypatch.setattr("modelport.store.meter._TELL_EVERY_S", 0)

    def tell(_line: str) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        versions.unpack("net", content.digest, tmp_path / "out" / "net", tell)
    assert [] == list((tmp_path / "out").iterdir())


def test_a_target_below_a_file_is_one_line(tmp_path: Path, versions: LayoutVersions, content: ModelContent) -> None:
    """
    Where nothing can be written, path and reason are named.
    """
    with pytest.raises(NotWritableError, match="Not a directory"):
        versions.unpack("net", content.digest, tmp_path / "net" / "a.onnx" / "out" / "x")
