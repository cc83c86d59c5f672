from pathlib import Path

import pytest
from modelport.cli.project import Project, checked_stack, find_project
from modelport.errors import ModelportError


def test_a_project_is_found_from_below(project: Project) -> None:
    """
    A command works in any folder of the project.
    """
    below = project.root / "examples" / "deep"
    below.mkdir(parents=True)

    assert project == find_project(below)


def test_a_chosen_backend_is_read(project: Project) -> None:
    """
    `backend:` in the project file is the user's choice.
    """
    (project.root / "Pulumi.yaml").write_text("name: sample\nbackend: {url: 's3://states'}\n")

    assert "s3://states" == find_project(project.root).backend


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name: [", "cannot be read: while parsing"),
        ("runtime: python\n", "has no `name:`"),
        ("- a list\n", "has no `name:`"),
    ],
)
def test_a_broken_project_file_is_one_line(tmp_path: Path, content: str, message: str) -> None:
    """
    The error names the file and stays on one line.
    """
    (tmp_path / "Pulumi.yaml").write_text(content)

    with pytest.raises(ModelportError) as raised:
        find_project(tmp_path)

    assert str(raised.value).startswith(f"{tmp_path / 'Pulumi.yaml'} {message}")
    assert "\n" not in str(raised.value)


def test_outside_a_project_the_way_in_is_named(tmp_path: Path) -> None:
    """
    The error names the folder and `-C`.
    """
    with pytest.raises(ModelportError, match=rf"no Pulumi\.yaml in {tmp_path} or above it; .*-C"):
        find_project(tmp_path)


@pytest.mark.parametrize("stack", ["dev", "a.b-c_1", "acme/dev", "acme/sample/dev"])
def test_names_that_pulumi_takes_are_taken(stack: str) -> None:
    """
    A stack may carry its organization and project.
    """
    assert stack == checked_stack(stack)


@pytest.mark.parametrize("stack", ["", "..", "a/..", "a b", "../../etc/x/y", "x" * 101, "/dev", "a$(b)"])
def test_names_that_pulumi_refuses_are_refused(stack: str) -> None:
    """
    A name becomes part of paths and commands; nothing else gets in.
    """
    with pytest.raises(ModelportError, match="is not allowed"):
        checked_stack(stack)
