"""Files against digests, before they are loaded."""

import json
from pathlib import Path

import pytest
from modelport_scoring.errors import StartError
from modelport_scoring.model.digests import Digests, digest_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make two models and the list of their digests."""
    root = tmp_path / "models"
    for file in ("a/1/m.onnx", "a/10/m.onnx", "b/1/m.onnx"):
        (root / file).parent.mkdir(parents=True)
        (root / file).write_text(file)
    listed = {path.relative_to(root).as_posix(): digest_of(path) for path in root.rglob("*.onnx")}
    (tmp_path / "digests.json").write_text(json.dumps(listed))
    return root


@pytest.fixture
def digests(root: Path) -> Digests:
    """Read the list."""
    return Digests.read(root, root.parent / "digests.json")


def test_files_as_registered_pass(root: Path, digests: Digests) -> None:
    """
    One model or all of them are what was registered.
    """
    digests.check(root / "a" / "1")
    digests.check(root)


def test_a_changed_file_is_named(root: Path, digests: Digests) -> None:
    """
    A model whose bytes changed is not loaded; the others are.
    """
    (root / "a" / "1" / "m.onnx").write_text("changed")
    digests.check(root / "a" / "10")

    with pytest.raises(StartError, match=r"a/1/m\.onnx has the digest sha256:.*, expected sha256:.*not what was reg"):
        digests.check(root / "a" / "1")


def test_a_file_more_or_less_is_named(root: Path, digests: Digests) -> None:
    """
    What is missing, and what was put there, is told.
    """
    (root / "a" / "1" / "m.onnx").unlink()
    (root / "b" / "1" / "more.pkl").touch()

    with pytest.raises(StartError, match=r"a/1/m\.onnx is missing"):
        digests.check(root / "a" / "1")
    with pytest.raises(StartError, match=r"b/1/more\.pkl is not in the list of digests"):
        digests.check(root / "b" / "1")


@pytest.mark.parametrize("content", ["", "[]", '{"a": "sha256:12"}', '{"a": 1}'])
def test_a_list_that_is_none_keeps_the_server_from_starting(root: Path, content: str) -> None:
    """
    Without a list that can be read nothing is loaded.
    """
    file = root.parent / "wrong.json"
    file.write_text(content)

    with pytest.raises(StartError, match=r"wrong\.json is no list of digests"):
        Digests.read(root, file)
