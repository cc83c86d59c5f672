import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TARGETS = "install tools services up preview down refresh outputs keys test check format bench clean help"

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="no make")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Copy what make itself reads into a folder with a difficult name."""
    folder = tmp_path / "it's a clone (1)"
    for name in (
        "Makefile",
        "uv.lock",
        *(f"{part}pyproject.toml" for part in ("", "components/", "scoring/", "policies/")),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def make(folder: Path, *arguments: str) -> str:
    """Run make in *folder* and give what it says."""
    command = [str(shutil.which("make")), *arguments]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("MAKE")
    }  # not a part of ours
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def test_every_target_is_in_the_help(clone: Path) -> None:
    """
    What a user may type is listed, with a sentence each.
    """
    listed = re.findall(r"^(\w+) +\w.*$", make(clone, "help"), re.MULTILINE)

    assert sorted(TARGETS.split()) == sorted(listed)


@pytest.mark.parametrize("target", ["up", "preview", "down", "refresh", "outputs", "keys"])
def test_a_stack_can_be_named(clone: Path, target: str) -> None:
    """
    STACK reaches the command; without it the stack is `dev`; both in a folder with spaces and quotes.
    """
    named = make(clone, "--dry-run", target, "STACK=prod").splitlines()[-1]
    default = make(clone, "--dry-run", target).splitlines()[-1]

    expected = [f".venv/bin/modelport {target} --stack '{stack}'" for stack in ("prod", "dev")]
    assert expected == [named, default]


def test_a_second_install_has_nothing_to_do(clone: Path) -> None:
    """
    The stamp is newer than every list; a change of the lock makes it old.
    """
    place = re.search(r": > (\.venv/made-in-\d+)", make(clone, "--dry-run", "install"))
    assert place
    (clone / ".venv").mkdir()
    (clone / place[1]).touch()
    (clone / ".venv" / "installed").touch()

    assert "Nothing to be done" in make(clone, "install")

    (clone / "uv.lock").unlink()
    shutil.copy(ROOT / "Makefile", clone / "uv.lock")
    assert "uv sync" in make(clone, "--dry-run", "install")
