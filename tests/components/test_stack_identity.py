"""Stacks of one name in two backends are two stacks."""

import json
from pathlib import Path

import pytest
from modelport.stack_identity import StackIdentity, backend_url


def label(root: Path, url: str) -> str:
    """Label the stack `dev` in backend *url*."""
    return StackIdentity.of(root, "project", "dev", {"PULUMI_BACKEND_URL": url}).label


def test_backends_tell_stacks_apart(tmp_path: Path) -> None:
    """
    One name in two backends gives two labels.
    """
    assert label(tmp_path, "file:///one") != label(tmp_path, "file:///two")


def test_a_moved_clone_keeps_its_label(tmp_path: Path) -> None:
    """
    A file backend inside the project counts by its place in it.
    """
    one, two = tmp_path / "one", tmp_path / "two"

    assert label(one, f"file://{one}/.modelport/state") == label(two, f"file://{two}/.modelport/state")


@pytest.mark.parametrize(
    ("variable", "project", "expected"),
    [
        ("file:///from-variable", "", "file:///from-variable"),
        (None, "backend: {url: file:///p}", "file:///p"),
        (None, "", "s3://b"),
    ],
)
def test_the_backend_is_found_as_the_engine_finds_it(
    tmp_path: Path, variable: str | None, project: str, expected: str
) -> None:
    """
    The environment comes first, then the project file, then the login.
    """
    (tmp_path / "Pulumi.yaml").write_text(f"name: p\n{project}\n")
    (tmp_path / "credentials.json").write_text(json.dumps({"current": "s3://b"}))
    environment = {"PULUMI_HOME": str(tmp_path), **({"PULUMI_BACKEND_URL": variable} if variable else {})}

    assert expected == backend_url(tmp_path, environment)
