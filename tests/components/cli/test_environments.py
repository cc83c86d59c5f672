"""Tests of `modelport.cli.environments`."""

from collections.abc import Callable

import pytest
from modelport.cli import main
from modelport.cli.project import Project
from modelport.image.lock import Lock, LockedEnvironment, LockedPackage, render_lock

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(project: Project, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `modelport environments ...` in a project whose lock has the image `digits`; gives code and all output."""
    packages = (LockedPackage("numpy", "2.4.6", ("sha256:" + "a" * 64,)),)
    locked = LockedEnvironment(("numpy>=2 --hash=sha256:" + "a" * 64,), {"linux/amd64 cp311": packages})
    project.workspace.lock_file.write_text(render_lock(Lock({"digits": locked})))

    def call(*words: str) -> tuple[int, str]:
        code = main(["environments", *words, "-C", str(project.root)])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return call


def test_list_names_curated_and_locked_environments(run: Run) -> None:
    """
    What can be asked for by name, then what the images of this project have.
    """
    code, text = run("list")

    assert 0 == code
    assert "onnx  curated  numpy>=2, onnxruntime>=1.20,<2" == text.splitlines()[0]
    assert "digits  locked  linux/amd64 cp311" == text.splitlines()[-1]


def test_show_prints_what_an_image_has(run: Run) -> None:
    """
    What was asked for, and the exact packages on each platform.
    """
    assert (0, "asked for:\n  numpy>=2\nlocked on linux/amd64 cp311:\n  numpy==2.4.6\n") == run("show", "digits")


def test_show_prints_what_a_curated_environment_asks_for(run: Run) -> None:
    """
    Its short names are understood.
    """
    assert (0, "numpy>=2\ntensorflow-cpu>=2.19,<3\n") == run("show", "tf-cpu")


def test_an_unknown_name_is_one_line(run: Run) -> None:
    """
    It names what was probably meant.
    """
    expected = (
        "modelport: 'digit' is neither an image in modelport.lock nor a curated environment: did you mean 'digits'?\n"
    )
    assert (1, expected) == run("show", "digit")
