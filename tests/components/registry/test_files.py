"""Tests of `modelport.registry.files`."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from modelport.registry.files import ModelPathError, model_files


def _names(path: str, base: Path) -> list[str]:
    return [file.path for file in model_files(Path(path), base)]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Make a folder `model` with one file."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights").write_bytes(b"weights")
    return folder


def test_a_file_keeps_its_name_and_a_folder_too(tmp_path: Path, model: Path) -> None:
    """
    A file is `<file>`, a folder `<folder>/...`, whatever the way to it; hidden files belong to it.
    """
    (model / "a").mkdir()
    (model / "a" / ".hidden").touch()
    (model / "empty folder").mkdir()

    assert ["weights"] == _names("model/weights", tmp_path)
    assert ["model/a/.hidden", "model/weights"] == _names("model/", tmp_path)
    assert ["model/a/.hidden", "model/weights"] == _names(str(model / "a" / ".."), tmp_path)


def test_links_inside_are_what_they_lead_to(tmp_path: Path, model: Path) -> None:
    """
    A link to a file or folder of the same model is kept as a copy; so is a model given by a link.
    """
    (model / "real").mkdir()
    (model / "real" / "x").write_bytes(b"x")
    (model / "alias").symlink_to("real")
    (model / "copy").symlink_to("weights")
    (tmp_path / "latest").symlink_to("model")

    expected = ["alias/x", "copy", "real/x", "weights"]
    assert [f"model/{name}" for name in expected] == _names("model", tmp_path)
    assert [f"latest/{name}" for name in expected] == _names("latest", tmp_path)


def _missing(model: Path) -> Path:
    return model.with_name("modle")


def _no_folder(model: Path) -> Path:
    return model / "nowhere" / "weights"


def _empty_file(model: Path) -> Path:
    (model / "weights").write_bytes(b"")
    return model / "weights"


def _empty_folder(model: Path) -> Path:
    (model / "weights").unlink()
    (model / "inner").mkdir()
    return model


def _pipe(model: Path) -> Path:
    os.mkfifo(model / "pipe")
    return model / "pipe"


def _device(model: Path) -> Path:
    return Path(os.path.relpath("/dev/null", model.parent))


def _pipe_inside(model: Path) -> Path:
    os.mkfifo(model / "pipe")
    return model


def _socket_inside(model: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(model)  # a socket's path may have 100 bytes only
        try:
            listener.bind("sock")
        finally:
            os.chdir(here)
    return model


def _link_out(model: Path) -> Path:
    (model.parent / "secret").write_text("secret")
    (model / "link").symlink_to("../secret")
    return model


def _link_out_by_folder(model: Path) -> Path:
    (model / "link").symlink_to("..")
    return model


def _dangling(model: Path) -> Path:
    (model / "link").symlink_to("nothing")
    return model


def _dangling_itself(model: Path) -> Path:
    (model.parent / "link").symlink_to("nothing")
    return model.parent / "link"


def _round_in_circles(model: Path) -> Path:
    (model / "link").symlink_to(".")
    return model


def _two_links(model: Path) -> Path:
    (model / "one").symlink_to("two")
    (model / "two").symlink_to("one")
    return model


def _odd_name(model: Path) -> Path:
    (model / "new\nline").write_text("x")
    return model


def _not_utf8(model: Path) -> Path:
    Path(os.fsdecode(os.fsencode(model) + b"/\xff")).write_text("x")
    return model


def _project(model: Path) -> Path:
    return model.parent


def _above(model: Path) -> Path:
    return model.parent.parent


def _own_folder(model: Path) -> Path:
    folder = model.parent / ".modelport" / "store"
    folder.mkdir(parents=True)
    (folder / "x").write_text("x")
    return folder


@pytest.mark.parametrize(
    ("arrange", "reason"),
    [
        (_missing, "did you mean 'model'?"),
        (_no_folder, "there is no folder"),
        (_empty_file, "is empty"),
        (_empty_folder, "is empty"),
        (_pipe, "is a named pipe"),
        (_device, "is a device"),
        (_pipe_inside, "is a named pipe"),
        (_socket_inside, "is a socket"),
        (_link_out, "is a link out of the model's folder"),
        (_link_out_by_folder, "is a link out of the model's folder"),
        (_dangling, "leads nowhere"),
        (_dangling_itself, "leads nowhere"),
        (_round_in_circles, "is a link to a folder that holds it"),
        (_two_links, "leads nowhere"),
        (_odd_name, "control characters"),
        (_not_utf8, "no UTF-8"),
        (_project, "is the project's folder"),
        (_above, "is the project's folder or one above it"),
        (_own_folder, "belongs to Modelport"),
    ],
)
def test_what_cannot_be_a_model_is_refused(
    tmp_path: Path, model: Path, arrange: Callable[[Path], Path], reason: str
) -> None:
    """
    Each is one line with path and reason, and nothing is opened or written.
    """
    path = arrange(model)
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(ModelPathError) as error:
        model_files(path, tmp_path)
    assert reason in str(error.value)
    assert "model path '" in str(error.value)
    assert before == sorted(tmp_path.rglob("*"))
