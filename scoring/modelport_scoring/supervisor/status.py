"""Tells the outside how the service is."""

import contextlib
import json
import os
from pathlib import Path
from typing import Final, Protocol

from modelport_scoring.wire import SupervisorStatus

FILE_NAME: Final = "status.json"


class Status(Protocol):
    """Where a supervisor tells how it is."""

    def write(self, status: SupervisorStatus) -> bool:
        """Tell; say whether that has worked (a full disk must not stop serving: try again later)."""


class NoStatus:
    """Tells nobody: a container is watched by its orchestrator, and may have no place to write."""

    def write(self, status: SupervisorStatus) -> bool:  # noqa: ARG002
        """Do nothing."""
        return True


class StatusFile:
    """`status.json`, replaced atomically and only when something changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: SupervisorStatus | None = None

    def write(self, status: SupervisorStatus) -> bool:
        """Write *status*; say whether it is on disk."""
        if status == self._written:
            return True
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            temporary.write_text(json.dumps(status, indent=1), encoding="utf-8")
            temporary.replace(self._path)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()
            return False
        self._written = status
        return True
