"""`modelport lock`: resolve what the stack's images need, and write `modelport.lock`."""

import argparse

from modelport.cli.engine import Engine
from modelport.cli.project import find_project
from modelport.lock_mode import LOCK_MODE, LOCK_PLATFORMS, LOCK_REFRESH, LOCK_UPGRADE


def run(arguments: argparse.Namespace) -> int:
    """Run a preview that writes the lock: only the program knows which images a stack has."""
    engine = Engine(find_project(arguments.cwd), arguments.stack)
    engine.require_stack_file()
    engine.environment[LOCK_MODE] = LOCK_UPGRADE if arguments.upgrade else LOCK_REFRESH
    engine.environment[LOCK_PLATFORMS] = ",".join(arguments.platform)
    return engine.change("preview", ["--suppress-outputs"])
