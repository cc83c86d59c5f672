import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from modelport.image import script_files as module
from modelport.image.script_files import script_files


def _paths(root: Path, project: Path | None = None, excluded: tuple[Path, ...] = ()) -> list[str]:
    tree = script_files(root, project or root, excluded)
    assert tree.problems == ()
    return [each.path for each in tree.files]


def _write(root: Path, *paths: str, text: str = "x") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def test_a_script_is_all_files_of_its_folder(tmp_path: Path) -> None:
    """
    Files are listed by relative path, sorted, in subfolders too.
    """
    _write(tmp_path, "score.py", "lib/b.py", "lib/a.py", "data.csv")

    assert _paths(tmp_path) == ["data.csv", "lib/a.py", "lib/b.py", "score.py"]


def test_caches_and_environments_are_never_part_of_it(tmp_path: Path) -> None:
    """
    What Python, git and this program leave behind is no script, nor is a virtual environment of any name.
    """
    _write(tmp_path, "score.py", "__pycache__/score.pyc", "old.pyc", ".git/HEAD", ".venv/a", ".modelport/b", "env3/c")
    _write(tmp_path, "env3/pyvenv.cfg")

    assert _paths(tmp_path) == ["score.py"]


def test_what_deploying_writes_is_no_part_of_it(tmp_path: Path) -> None:
    """
    Stack files and the lock in the project's root change by deploying, so they cannot be in the key.
    """
    _write(tmp_path, "score.py", "Pulumi.yaml", "Pulumi.dev.yaml", "modelport.lock", "lib/Pulumi.yaml")

    assert _paths(tmp_path) == ["lib/Pulumi.yaml", "score.py"]


def test_models_are_left_out(tmp_path: Path) -> None:
    """
    Files at a model's path belong to the model.
    """
    _write(tmp_path, "score.py", "model/weights.bin", "other/weights.bin")

    assert _paths(tmp_path, excluded=(tmp_path / "model",)) == ["other/weights.bin", "score.py"]


def test_gitignore_files_count_from_the_project_down(tmp_path: Path) -> None:
    """
    A rule in an outer or inner `.gitignore` holds, and the inner one wins.
    """
    _write(tmp_path, ".gitignore", text="*.log\n")
    _write(tmp_path, "app/sub/.gitignore", text="!keep.log\nsecret.txt\n")
    _write(tmp_path, "app/score.py", "app/a.log", "app/sub/keep.log", "app/sub/b.log", "app/sub/secret.txt")

    assert _paths(tmp_path / "app", tmp_path) == ["score.py", "sub/keep.log"]


def test_amlignore_takes_the_place_of_gitignore(tmp_path: Path) -> None:
    """
    As in Azure ML: with `.amlignore`, `.gitignore` files say nothing.
    """
    _write(tmp_path, ".gitignore", text="needed.bin\n")
    _write(tmp_path, ".amlignore", text="notes/\n")
    _write(tmp_path, "score.py", "needed.bin", "notes/a.md")

    assert _paths(tmp_path) == ["needed.bin", "score.py"]


def test_dockerignore_is_read_as_docker_reads_it(tmp_path: Path) -> None:
    """
    Its patterns count from the folder's root, and an exception reaches into an ignored folder.
    """
    _write(tmp_path, ".dockerignore", text="# all but\n*\n!app\n!score.py\napp/*.tmp\n**/*.bak\n")
    _write(tmp_path, "score.py", "other.py", "app/a.py", "app/b.tmp", "app/deep/c.tmp", "app/deep/d.bak")

    assert _paths(tmp_path) == ["app/a.py", "app/deep/c.tmp", "score.py"]


@pytest.mark.parametrize(("mode", "expected"), [(0o600, 0o644), (0o664, 0o644), (0o654, 0o644), (0o700, 0o755)])
def test_only_the_owners_execute_bit_counts(tmp_path: Path, mode: int, expected: int) -> None:
    """
    Other bits come from the umask and differ between two clones.
    """
    _write(tmp_path, "score.py")
    (tmp_path / "score.py").chmod(mode)

    assert expected == script_files(tmp_path, tmp_path).files[0].mode


def test_a_link_within_the_folder_is_the_file_it_leads_to(tmp_path: Path) -> None:
    """
    Links are replaced by what they show, folders included.
    """
    _write(tmp_path, "v1/a.py")
    (tmp_path / "current").symlink_to("v1")
    (tmp_path / "b.py").symlink_to("v1/a.py")

    files = {each.path: each.digest for each in script_files(tmp_path, tmp_path).files}

    assert sorted(files) == ["b.py", "current/a.py", "v1/a.py"]
    assert len(set(files.values())) == 1


def _socket(path: Path) -> None:
    before = Path.cwd()
    os.chdir(path.parent)  # the name of a socket is limited to some 100 bytes
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(before)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.symlink_to("/etc/hostname"), "outside the source directory"),
        (lambda path: path.symlink_to("nothing"), "leads nowhere"),
        (lambda path: path.symlink_to("bad"), "cannot be read"),
        (lambda path: path.symlink_to("."), "a folder that holds it"),
        (os.mkfifo, "is a pipe"),
        (_socket, "is a socket"),
    ],
)
def test_what_cannot_be_copied_is_a_problem_with_its_path(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    """
    Links out, dangling or circular links, pipes and sockets are named; the rest is still listed.
    """
    _write(tmp_path, "score.py", "sub/a.py")
    make(tmp_path / "sub" / "bad")

    tree = script_files(tmp_path, tmp_path)

    assert len(tree.problems) == 1
    assert tree.problems[0].startswith("sub/bad: ")
    assert reason in tree.problems[0]
    assert [each.path for each in tree.files] == ["score.py", "sub/a.py"]


def test_an_unreadable_file_is_a_problem_with_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A file that cannot be opened is named, in one line with the way out.
    """
    _write(tmp_path, "score.py")

    def refuse(_path: Path, _name: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module, "_read", refuse)

    expected = ("score.py: cannot be read: Permission denied; mend it, or ignore it in .amlignore",)
    assert expected == script_files(tmp_path, tmp_path).problems


def test_a_name_that_is_not_utf8_is_a_problem(tmp_path: Path) -> None:
    """
    Such a name has no JSON, no key and no place in an image.
    """
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("x")

    assert "'caf\\udce9.txt': the name is not UTF-8" in script_files(tmp_path, tmp_path).problems[0]


def test_a_large_script_is_warned_of_with_its_largest_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A forgotten data folder is named before it is copied on every deployment.
    """
    monkeypatch.setattr(module, "MANY_BYTES", 1000)
    _write(tmp_path, "score.py")
    _write(tmp_path, "data/a.csv", text="x" * 2000)

    assert "'data'" in script_files(tmp_path, tmp_path).warnings[0]
    assert script_files(tmp_path, tmp_path, [tmp_path / "data"]).warnings == ()
