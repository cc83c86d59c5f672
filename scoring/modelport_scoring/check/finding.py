"""What a check found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing to mend. An error would keep the server from starting, a warning may."""

    line: int | None
    """From 1; None when it is about the file as a whole."""
    severity: Literal["error", "warning"]
    message: str
    """One line, with the file's name and *line* where there is one."""
