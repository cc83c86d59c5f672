"""What is wrong with a stack file, as a user reads it: one line per finding, each with its path."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from modelport.errors import ModelportError

NAMESPACE = "modelport"
"""The project's name in `Pulumi.yaml`, hence the first half of every key that is ours."""

Place = tuple[str | int, ...]
"""Keys and list positions, the first a whole configuration key: ``("modelport:services", "digits", "models", 0)``."""

REGISTRY = f"{NAMESPACE}:registry"
REGISTRIES = f"{NAMESPACE}:registries"
SERVICES = f"{NAMESPACE}:services"
ENVIRONMENTS = f"{NAMESPACE}:environments"
ALLOW_EMPTY = f"{NAMESPACE}:allow_empty"

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


def path_text(place: Place) -> str:
    """Write *place* as ``pulumi config set --path`` takes it: ``modelport:services.digits.models[0].path``."""
    first, *rest = place
    return str(first) + "".join(_step(part) for part in rest)


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if _PLAIN_KEY.fullmatch(part):
        return f".{part}"
    shown = part if part.isprintable() else repr(part)[1:-1]  # a finding is one line, whatever its key is
    return f'["{shown}"]'


@dataclass(frozen=True)
class Problem:
    """One finding at *place*; *suggests* is the key that was probably meant, when an unknown one was found."""

    place: Place
    text: str
    suggests: str | None = None
    is_missing: bool = False

    def __str__(self) -> str:
        return f"{path_text(self.place)}: {self.text}"


class StackSettingsError(ModelportError):
    """Every finding of one stack file, in the order of their paths, one line each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=_order))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StackFileError(ModelportError):
    """The stack file cannot be read."""


def _order(problem: Problem) -> tuple[list[tuple[int, str]], str]:
    """Sort list positions as numbers, so that [2] stands before [10]."""
    steps = [(part, "") if isinstance(part, int) else (-1, part) for part in problem.place]
    return steps, problem.text
