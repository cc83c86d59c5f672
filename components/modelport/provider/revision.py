"""Which commit the project is at."""

import subprocess
from pathlib import Path


def source_revision(root: Path) -> str | None:
    """Find the commit that the project is at; ``None`` outside a repository."""
    try:
        found = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "HEAD"],  # noqa: S607 - git is the user's own
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return None
    return found.stdout.strip() or None
