"""`modelport prune`: give back the disk that old versions take."""

import argparse
import sys

from modelport.cli.project import find_project
from modelport.local.prune import remove, unused

_MEGABYTE = 1024 * 1024


def run(arguments: argparse.Namespace) -> int:
    """Remove, or with ``--dry-run`` only name, what no service uses. Registered models stay in their store."""
    project = find_project(arguments.cwd)
    folders = unused(project.workspace)
    for folder in folders:
        sys.stdout.write(f"{folder.relative_to(project.root)}\n")
    if arguments.dry_run:
        sys.stdout.write(f"{len(folders)} folders are not used\n")
        return 0
    sys.stdout.write(f"removed {len(folders)} folders, {remove(folders) / _MEGABYTE:.0f} MB\n")
    return 0
