"""The two documents: what to run, and how it goes."""

import json
import os
from pathlib import Path

from modelport_scoring import wire


class SpecError(Exception):
    """The specification cannot be read."""


def read_spec(path: Path) -> wire.SupervisorSpec:
    """Read the specification; raises `SpecError` naming what is wrong."""
    try:
        spec: wire.SupervisorSpec = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        msg = f"specification {path} cannot be read: {error}"
        raise SpecError(msg) from error
    missing = sorted(wire.SupervisorSpec.__required_keys__ - spec.keys())
    if missing:
        msg = f"specification {path} lacks {', '.join(missing)}"
        raise SpecError(msg)
    return spec


def write_status(path: Path, status: wire.SupervisorStatus) -> None:
    """Replace the status; a full disk is no reason to stop serving, and the next change tries again."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(status))
        temporary.replace(path)
    except OSError as error:
        print(f"modelport: status {path} cannot be written: {error}", flush=True)  # noqa: T201 - the supervisor's log
        temporary.unlink(missing_ok=True)
