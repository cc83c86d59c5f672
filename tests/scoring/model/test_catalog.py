"""The models of a folder."""

from pathlib import Path

import pytest
from modelport_scoring.model.catalog import list_models


def made(root: Path, *files: str) -> Path:
    """Make *files* below *root*."""
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(b"12345")
    return root


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["b/1/m.onnx", "a/2/m.pkl", "a/10/m.pkl"], [("a", "10"), ("a", "2"), ("b", "1")]),
        (["a/3/deep/m.onnx"], [("a", "3")]),
        (["a/1/m.onnx", ".hidden/x"], [("a", "1")]),
    ],
)
def test_several_models_lie_by_name_and_version(tmp_path: Path, files: list[str], expected: list[object]) -> None:
    """
    Azure ML's layout for several models is `<name>/<version>/`; versions count as numbers, the newest comes first.
    """
    found = list_models(made(tmp_path, *files))

    assert expected == [(each.name, each.version) for each in found]


@pytest.mark.parametrize("file", ["m.onnx", "deep/m.onnx", "a/v1/m.onnx", "a/01/m.onnx", "a/1"])
def test_any_other_folder_is_one_model(tmp_path: Path, file: str) -> None:
    """
    A file or folder that does not belong to the layout makes the whole folder one model.
    """
    [alone] = list_models(made(tmp_path / "azureml-models" / "fraud" / "7", "one.txt", file))
    [nameless] = list_models(made(tmp_path / "files", file))

    assert ("fraud", "7", tmp_path / "azureml-models" / "fraud" / "7") == (alone.name, alone.version, alone.folder)
    assert ("files", "1") == (nameless.name, nameless.version)


def test_versions_may_be_links(tmp_path: Path) -> None:
    """
    In an image, versions are links to the files; their size counts all the same.
    """
    made(tmp_path / "files" / "fraud", "m.onnx", "deep/n.txt")
    version = tmp_path / "azureml-models" / "fraud" / "1"
    version.parent.mkdir(parents=True)
    version.symlink_to(tmp_path / "files" / "fraud", target_is_directory=True)
    [found] = list_models(tmp_path / "azureml-models")

    assert ("fraud", "1", 10) == (found.name, found.version, found.size)
