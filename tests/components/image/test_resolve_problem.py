import pytest
from modelport.image.platforms import Platform
from modelport.image.requirements import Requirements
from modelport.image.resolve_problem import install_problem, resolve_problem

LINUX = Platform("linux", "amd64", "3.11")
NO_SOLUTION = "error: No solution found when resolving dependencies\n  cause: "
END = "we can conclude that your requirements are unsatisfiable.\n"


def _problem(text: str, *packages: str, newest: str | None = None, index: str | None = None) -> str:
    line = resolve_problem(text, Requirements(packages, index), LINUX, lambda _name: newest)
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("scikit-lern", "did you mean 'scikit-learn'?"),
        ("sklearn", "did you mean 'scikit-learn'?"),
        ("cv2", "did you mean 'opencv-python-headless'?"),
        ("house-made", "check its spelling, or name the index that has it (--index-url)"),
    ],
)
def test_an_unknown_package_gets_a_near_name(name: str, hint: str) -> None:
    """
    A package that no index knows is named with what was probably meant.
    """
    text = f"{NO_SOLUTION}Because {name} was not found in the package registry and you require {name}, {END}"

    assert f"unknown package '{name}': {hint}" == _problem(text, name)


def test_a_package_missing_from_the_wheelhouse_is_named() -> None:
    """
    Without an index the wheelhouse is the place to look.
    """
    text = f"{NO_SOLUTION}Because foo was not found in the provided package locations and you require foo, {END}"

    assert "package 'foo' is not in the wheelhouse" in _problem(text, "foo", index="none")


def test_a_version_that_does_not_exist_gets_the_newest() -> None:
    """
    What was asked and what could be had stand in one line.
    """
    text = f"{NO_SOLUTION}Because there is no version of numpy==99 and you require numpy==99, {END}"

    expected = (
        "package 'numpy' (asked: numpy==99) does not exist in that version: "
        "the newest that linux/amd64 cp311 can have is 2.4.6"
    )
    assert expected == _problem(text, "numpy==99", newest="2.4.6")


def test_a_package_without_a_wheel_gets_the_wheelhouse() -> None:
    """
    Platform, wheels that exist and both ways out are named.
    """
    text = (
        f"{NO_SOLUTION}Because foo<=2.11.0 has no wheels with a matching Python ABI tag (e.g., `cp311`), {END}\n"
        "hint: You require CPython 3.11 (`cp311`), but we only found wheels for `foo` (v2.11.0) with the "
        "following Python ABI tags: `cp39`, `cp310`\n\n"
        "hint: Wheels are required for `foo` because building from source is disabled for all packages\n"
    )
    expected = (
        "package 'foo' (asked: foo<3) has no wheel for linux/amd64 cp311 (wheels: cp39, cp310): "
        "foo==3.1 has one; or build one with `pip wheel foo` and put it in the wheelhouse"
    )

    assert expected == _problem(text, "foo<3", newest="3.1")


def test_a_contradiction_is_told_in_one_line() -> None:
    """
    What the resolver found out is kept, its line breaks are not.
    """
    text = f"{NO_SOLUTION}Because a>=1 depends on b>=2\n         and you require b==1, {END}"

    expected = "contradict each other on linux/amd64 cp311: Because a>=1 depends on b>=2 and you require b==1"
    assert expected in _problem(text, "a", "b==1")


def test_an_index_that_cannot_be_reached_is_named_by_host() -> None:
    """
    Host and last cause are told.
    """
    text = (
        "error: Request failed after 3 retries in 8.7s\n  cause: Failed to fetch: http://127.0.0.1:9/simple/a/\n"
        "  cause: tcp connect error\n  cause: Connection refused (os error 111)\n"
    )

    assert "index 127.0.0.1 cannot be reached (Connection refused (os error 111))" in _problem(text)


def test_an_index_that_refuses_names_where_credentials_go() -> None:
    """
    A private index without credentials is told apart from one that is down.
    """
    text = "error: Failed to fetch: https://pypi.example.com/simple/a/\n  cause: HTTP status client error (401)\n"

    assert "index pypi.example.com refused access: put its credentials in ~/.netrc" in _problem(text)


def test_a_changed_wheel_is_named() -> None:
    """
    A file that is not the locked one is an error that says how to accept it.
    """
    text = "error: Failed to download\n  cause: Hash mismatch for `idna==3.10`\n\nExpected:\n  sha256:00\n"

    assert install_problem(text).startswith("package idna==3.10 is not the one that was locked")
