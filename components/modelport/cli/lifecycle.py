"""`modelport up`, `preview`, `down` and `refresh`."""

import argparse
import sys

from modelport.cli.engine import Engine
from modelport.cli.project import find_project
from modelport.cli.summary import summary

VERBS = {"up": "up", "preview": "preview", "down": "destroy", "refresh": "refresh"}


def run(arguments: argparse.Namespace) -> int:
    """Run the engine's command, and after `up` say how to call each service."""
    project = find_project(arguments.cwd)
    engine = Engine(project, arguments.stack)
    if arguments.command in {"up", "preview"}:
        engine.require_stack_file()
    elif not engine.has_stack():
        sys.stdout.write(f"stack {engine.stack!r} does not exist: there is nothing to do\n")
        return 0
    consent = [] if arguments.command == "preview" else ["--yes"]
    code = engine.change(VERBS[arguments.command], [*consent, *arguments.engine_arguments])
    if arguments.command == "up" and code == 0:
        sys.stdout.write(summary(project, engine.stack, engine.outputs()))
    return code
