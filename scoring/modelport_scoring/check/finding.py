"""What a check found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a script. An error will not serve; a warning will, today. *line* counts from 1."""

    line: int | None
    severity: Literal["error", "warning"]
    message: str
