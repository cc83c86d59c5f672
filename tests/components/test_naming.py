"""Azure ML's name rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelport.naming import model_name_problem, service_name_problem


@pytest.mark.parametrize("name", ["m", "My-model_1.0", "0", "a" * 255])
def test_models_may_be_called(name: str) -> None:
    """
    Letters, digits, '-', '_' and '.' after a letter or digit, 255 at most.
    """
    assert model_name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "suggestion"), [("-m", "'m'"), ("my model", "'my-model'"), ("módel", "'m-del'"), ("a\n", "'a'")]
)
def test_a_wrong_model_name_comes_with_a_right_one(name: str, suggestion: str) -> None:
    """
    The message offers the nearest name that is allowed.
    """
    assert str(model_name_problem(name)).endswith(f"; try {suggestion}")


@pytest.mark.parametrize("name", ["abc", "a-1", "a" * 32])
def test_services_may_be_called(name: str) -> None:
    """
    3 to 32 lowercase letters, digits and '-', starting with a letter.
    """
    assert service_name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("My_Service", "'my-service'"), ("1abc", "'abc'"), ("abc-", "'abc'"), ("a" * 33, repr("a" * 32))],
)
def test_a_wrong_service_name_comes_with_a_right_one(name: str, suggestion: str) -> None:
    """
    The message offers the nearest name that is allowed.
    """
    assert str(service_name_problem(name)).endswith(f"; try {suggestion}")


@given(st.text(max_size=300))
def test_whatever_is_suggested_is_allowed(name: str) -> None:
    """
    A suggestion is never refused in its turn.
    """
    for problem_of in (model_name_problem, service_name_problem):
        _, offered, suggestion = str(problem_of(name)).partition("; try ")

        assert not offered or problem_of(suggestion.strip("'")) is None
