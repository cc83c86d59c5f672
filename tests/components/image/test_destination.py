"""Tests of `modelport.image.destination`."""

import pytest
from modelport.errors import InputError
from modelport.image.destination import Destination
from modelport.store.reference import parse_store

KEY = "e" * 64
REGISTRY = parse_store("oci://registry.example.com/team")


@pytest.mark.parametrize(
    ("tag", "revision", "expected"),
    [
        (None, None, [KEY]),
        (None, "0123456789abcdef", [KEY, "0123456-eeeeeeeeeeee"]),
        ("v1", "0123456789abcdef", [KEY, "v1"]),
    ],
)
def test_an_image_has_a_tag_for_people(tag: str | None, revision: str | None, expected: list[str]) -> None:
    """
    It is found by its content key; the other tag says the commit, or what the user wants.
    """
    assert expected == Destination(REGISTRY, "digits", tag).tags(KEY, revision)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"repository": "a/b"}, "repository"),
        ({"repository": "A"}, "repository"),
        ({"tag": "-x"}, "tag"),
        ({"tag": KEY}, "tag"),
        ({"size_limit_mb": 0.0}, "sizeLimitMb"),
        ({"pull_host": "https://registry.example.com"}, "pullHost"),
    ],
)
def test_what_no_registry_takes_is_named(changes: dict[str, str | float], path: str) -> None:
    """
    Each wrong value is a problem of its own input; a tag may not look like another image's key.
    """
    given = Destination(**{"store": REGISTRY, "repository": "digits", **changes})  # type: ignore[arg-type]  # mixed

    assert [path] == [each.property_path for each in given.problems()]


def test_clusters_pull_by_digest() -> None:
    """
    The reference has no scheme, and the host that they pull from; nobody pulls from a folder.
    """
    digest = "sha256:" + "a" * 64

    assert f"registry.example.com/team/images/digits@{digest}" == Destination(REGISTRY, "digits").pull_reference(digest)
    assert f"10.0.0.1:5000/team/images/digits@{digest}" == Destination(
        REGISTRY, "digits", pull_host="10.0.0.1:5000"
    ).pull_reference(digest)
    assert Destination(parse_store("oci-layout:store"), "digits").pull_reference(digest) is None


def test_a_limit_is_the_error_of_its_input() -> None:
    """
    What is just as large as the limit passes.
    """
    goal = Destination(REGISTRY, "digits", size_limit_mb=10)

    goal.check_size("digits", {"base": 10_000_000})
    with pytest.raises(InputError, match="above the limit of 10 MB"):
        goal.check_size("digits", {"base": 10_000_001})
