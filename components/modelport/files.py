"""Small files, replaced in one step: a reader sees the old text or the new, never half of one."""

import os
import tempfile
from pathlib import Path


def replace_file(file: Path, text: str, mode: int = 0o600) -> None:
    """Write *text* to *file*, by default readable by this user only. Raises `OSError`; the file is then as it was."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fchmod(handle.fileno(), mode)
            os.fsync(handle.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
