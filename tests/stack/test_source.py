"""Finding and reading the stack file."""

from pathlib import Path

import pytest

from stack.errors import StackFileError
from stack.source import read_stack_file, secure_places


def test_the_stack_file_lies_beside_the_project_file(tmp_path: Path) -> None:
    """
    Without another word, the file of stack `dev` is `Pulumi.dev.yaml` in the project's folder.
    """
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {a: 1}")

    assert {"config": {"a": 1}} == read_stack_file(tmp_path, "dev", environment={})


def test_a_stack_need_not_have_a_file(tmp_path: Path) -> None:
    """
    A stack whose configuration comes from elsewhere has no file, and that is fine.
    """
    assert None is read_stack_file(tmp_path, "dev", environment={})


def test_the_environment_names_another_file(tmp_path: Path) -> None:
    """
    MODELPORT_STACK_FILE names the file, relative to the project or absolute.
    """
    (tmp_path / "other.yaml").write_text("")

    for named in ("other.yaml", str(tmp_path / "other.yaml")):
        assert {} == read_stack_file(tmp_path, "dev", environment={"MODELPORT_STACK_FILE": named})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "{path}, named by MODELPORT_STACK_FILE, does not exist; correct or unset the variable"),
        (b"- a", "{path} must be a mapping with the key 'config'"),
        (b"config:\n  key: hunter2\n bad", "{path}, line 3, column 2: not YAML; correct the line or one just above it"),
        (b"\xff", "{path} cannot be read: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
    ],
)
def test_an_unreadable_file_is_named(tmp_path: Path, content: bytes | None, expected: str) -> None:
    """
    A file that cannot be read is an error that names it and the line, and quotes nothing of it.
    """
    path = tmp_path / "stack.yaml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(StackFileError) as caught:
        read_stack_file(tmp_path, "dev", environment={"MODELPORT_STACK_FILE": str(path)})

    assert "stack file " + expected.format(path=repr(str(path))) == str(caught.value)


def test_encrypted_leaves_are_found_in_our_keys_only() -> None:
    """
    Encrypted leaves are found in mappings, in lists and as whole keys; other namespaces are not ours.
    """
    secret = {"secure": "v1:abc"}
    config = {"services": {"a": [1, secret]}, "modelport:registry": secret, "other:key": secret}

    expected = [("modelport:services", "a", 1), ("modelport:registry",)]
    assert expected == secure_places({"config": config})
