import shutil
import sys
from pathlib import Path

import pytest
from modelport.errors import ModelportError
from modelport.image import runtime_files as module
from modelport.image.runtime_files import runtime_files, runtime_requirements


@pytest.fixture
def runtime_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a copy of the runtime and let it be the one that is found."""
    copy = tmp_path / "modelport_scoring"
    shutil.copytree(runtime_files().root, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "modelport_scoring", raising=False)
    return copy


def test_a_copy_elsewhere_has_the_same_digest(request: pytest.FixtureRequest) -> None:
    """
    Where the runtime is installed makes no difference.
    """
    original = runtime_files()

    request.getfixturevalue("runtime_copy")

    assert original.root != runtime_files().root
    assert original.digest == runtime_files().digest


def test_one_byte_changes_the_digest(runtime_copy: Path) -> None:
    """
    Another runtime is another image.
    """
    before = runtime_files().digest
    with (runtime_copy / "wire.py").open("a") as file:
        file.write("#")

    assert before != runtime_files().digest


def test_compiled_files_do_not_count(runtime_copy: Path) -> None:
    """
    Running the runtime leaves its digest as it is.
    """
    before = runtime_files().digest
    (runtime_copy / "__pycache__").mkdir(exist_ok=True)
    (runtime_copy / "__pycache__" / "wire.pyc").write_bytes(b"x")

    assert before == runtime_files().digest


def test_the_runtime_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Its files are read, its code does not run.
    """
    monkeypatch.delitem(sys.modules, "modelport_scoring", raising=False)

    runtime_files()

    assert "modelport_scoring" not in sys.modules


def test_a_missing_runtime_is_an_error_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without the runtime there is nothing to build, and pip mends it.
    """
    monkeypatch.setattr(module, "find_spec", lambda _name: None)

    with pytest.raises(ModelportError, match="pip install modelport-scoring"):
        runtime_files()


def test_extras_add_what_a_framework_needs() -> None:
    """
    Without extras no framework is installed; with one, that one.
    """
    assert not any(each.startswith("scikit-learn") for each in runtime_requirements())
    assert any(each.startswith("scikit-learn>=") for each in runtime_requirements(["sklearn"]))
    assert not any(each.startswith("onnxruntime") for each in runtime_requirements(["sklearn"]))


def test_markers_of_platforms_stay() -> None:
    """
    What depends on the platform is decided for the platform that is locked.
    """
    assert [each for each in runtime_requirements() if each.startswith("uvloop") and "win32" in each] != []
