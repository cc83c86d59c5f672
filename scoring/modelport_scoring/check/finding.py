"""What a check found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
<<<<<<< HEAD
    """One thing wrong with a script. An error will not serve; a warning will, today. *line* counts from 1."""

    line: int | None
    severity: Literal["error", "warning"]
    message: str
=======
    """One thing to mend. An error would keep the server from starting, a warning may."""

    line: int | None
    """From 1; None when it is about the file as a whole."""
    severity: Literal["error", "warning"]
    message: str
    """One line, with the file's name and *line* where there is one."""
>>>>>>> runtime
