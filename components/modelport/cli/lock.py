"""`modelport lock`: resolve what the stack's images need, and write `modelport.lock`."""

import argparse

from modelport.cli.engine import Engine
from modelport.cli.project import find_project
from modelport.files import replace_file
from modelport.lock_mode import LOCK_MODE, LOCK_PLATFORMS, LOCK_REFRESH, LOCK_UPGRADE


def run(arguments: argparse.Namespace) -> int:
    """
    Run a preview that writes the lock: only the program knows which images a stack has.

    Each image writes its own entry; when one of them cannot be resolved, the lock is put back as it was.
    """
    project = find_project(arguments.cwd)
    engine = Engine(project, arguments.stack)
    engine.require_stack_file()
    engine.environment[LOCK_MODE] = LOCK_UPGRADE if arguments.upgrade else LOCK_REFRESH
    engine.environment[LOCK_PLATFORMS] = ",".join(arguments.platform)
    file = project.workspace.lock_file
    before = file.read_text(encoding="utf-8") if file.exists() else None
    code = engine.change("preview", ["--suppress-outputs"])
    if code and before is None:
        file.unlink(missing_ok=True)
    elif code and before is not None and file.read_text(encoding="utf-8") != before:
        replace_file(file, before, mode=0o644)
    return code
