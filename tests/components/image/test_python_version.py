import pytest
from modelport.errors import ModelportError
from modelport.image.python_version import choose_python, conda_wish, version_wish


@pytest.mark.parametrize(
    ("asked", "python"),
    [
        ("python", "3.12"),
        ("python=3.11", "3.11"),
        ("python=3.13.1", "3.13"),
        ("python>=3.8", "3.12"),
        ("python>=3.13", "3.13"),
        ("python<3.12", "3.11"),
        ("python>=3.9,<4", "3.12"),
    ],
)
def test_the_default_is_taken_where_it_may_be_else_the_closest(asked: str, python: str) -> None:
    """
    An environment that leaves a choice gets the Python that is there already.
    """
    assert (python, []) == choose_python([conda_wish(asked, "condaFile", "conda.yml:2")], "3.12")


@pytest.mark.parametrize(
    ("asked", "shown", "nearest"),
    [
        ("python=3.6.2", "3.6.2", "3.11"),
        ("python=2.7", "2.7", "3.11"),
        ("python=3.10", "3.10", "3.11"),
        ("python=3.14", "3.14", "3.13"),
        ("python>=4", ">=4", "3.13"),
    ],
)
def test_a_python_that_cannot_be_had_is_told_with_the_nearest(asked: str, shown: str, nearest: str) -> None:
    """
    The nearest is taken for what else is looked for, so that all problems are told at once.
    """
    python, problems = choose_python([conda_wish(asked, "condaFile", "conda.yml:2")], "3.12")

    assert nearest == python
    assert [f"condaFile: conda.yml:2: Python {shown} cannot be had: 3.11 to 3.13 can, nearest is {nearest}"] == [
        str(each) for each in problems
    ]


def test_two_wishes_that_exclude_each_other_are_told_together() -> None:
    """
    Setting and conda file are both named.
    """
    wishes = [conda_wish("python=3.12", "condaFile", "conda.yml:2"), version_wish("3.13")]

    [problem] = choose_python(wishes, "3.11")[1]

    assert "conda.yml:2 asks for 3.12 and pythonVersion asks for 3.13" in str(problem)


def test_no_version_is_refused() -> None:
    """
    The input must be a version.
    """
    with pytest.raises(ModelportError, match=r"^'new' is no version of Python: write 3\.11, 3\.12, 3\.13$"):
        version_wish("new")
