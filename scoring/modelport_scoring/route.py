"""Routes beside those that every server has: what a model adds to the application."""

from collections.abc import Callable
from dataclasses import dataclass

from modelport_scoring.answer import MESSAGE, Answer
from modelport_scoring.scorer import ScoreRequest

Handle = Callable[[ScoreRequest], Answer]


@dataclass(frozen=True)
class Route:
    """What answers on one path."""

    methods: frozenset[str]
    handle: Handle
    """Raises `modelport_scoring.errors.ScoringError`, which the application words."""
    calls_model: bool = True
    """Handled where models are called, one at a time; else at once, where connections are served."""
    is_open: bool = False
    """Answered without a key."""
    error_key: str = MESSAGE
    """Under which the JSON of an error has its text."""


FindRoute = Callable[[str], Route | None]
"""Gives the route of a path, or None."""


def no_route(_path: str) -> Route | None:
    """Add nothing: entry scripts have the common routes only."""
    return None
