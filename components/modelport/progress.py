"""How long work tells its user that it is alive, and learns that the user has left."""

from collections.abc import Callable

Progress = Callable[[str], None]
"""
Take one line of progress, such as ``"registering diabetes: 512 of 2048 MB"``.

Call it often (at least every second of work): it raises `modelport.errors.CancelledError` once the user has cancelled.
"""


def silent(_line: str) -> None:
    """Drop progress; for callers that show none."""
