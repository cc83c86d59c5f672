"""The user's own Dockerfile: what it stands on, and what of it may move."""

from pathlib import Path

import pytest
from modelport.errors import InputError
from modelport.image.dockerfile import base_of_dockerfile, read_dockerfile, with_digest

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("FROM python:3.12-slim\n", "python:3.12-slim"),
        ("# first\nARG X=1\nfrom registry.example.com/base:1\nRUN true\n", "registry.example.com/base:1"),
        ("FROM golang:1 AS build\nRUN true\nFROM --platform=linux/amd64 debian:12\n", "debian:12"),
        ("FROM debian:12 AS Base\nRUN true\nFROM base AS last\n", "debian:12"),
    ],
)
def test_the_base_is_that_of_the_last_stage(text: str, base: str) -> None:
    """
    A stage that stands on another stage stands on what that one does.
    """
    assert base == base_of_dockerfile(text)


@pytest.mark.parametrize("image", ["${BASE}", "a b", "scratch:" + "x" * 200])
def test_a_base_that_no_text_tells_must_be_named(image: str) -> None:
    """
    A variable is known only to the daemon: `base` says what it comes to.
    """
    with pytest.raises(InputError) as refused:
        base_of_dockerfile(f"FROM {image}\n" if " " not in image else "FROM $A\n")

    assert "dockerfile" == refused.value.property_path
    assert "name what it comes to in `base`" in refused.value.reason


def test_a_base_is_built_on_by_the_digest_of_the_lock() -> None:
    """
    A tag may move between two builds; the lock's digest stands behind it, and other stages stay as they are.
    """
    text = "FROM golang:1 AS build\nFROM debian:12  # no\nFROM debian:12 AS last\nRUN FROM debian:12\n"

    assert (
        f"FROM golang:1 AS build\nFROM debian:12  # no\nFROM debian:12@{DIGEST} AS last\nRUN FROM debian:12\n"
        == with_digest(text, "docker.io/library/debian:12", DIGEST)
    )


def test_a_digest_of_the_users_own_stays() -> None:
    """
    Who has pinned a base has pinned it.
    """
    text = f"FROM debian@{DIGEST}\n"

    assert text == with_digest(text, f"debian@{DIGEST}", "sha256:" + "b" * 64)


def test_what_is_no_dockerfile_is_named(tmp_path: Path) -> None:
    """
    A missing file, a binary one and one without a stage are each an error of the input.
    """
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").write_text("RUN true\n")
    reasons = []
    for name in ("missing", "binary", "empty"):
        with pytest.raises(InputError) as refused:
            read_dockerfile(tmp_path / name)
        reasons.append(refused.value.reason.split(";")[0])

    expected = ["missing cannot be read: No such file or directory", "binary is no text"]
    assert [*expected, "empty has no line FROM, or is longer than 1048576 bytes"] == reasons
