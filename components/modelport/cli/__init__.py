"""The console script `modelport`."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

from modelport.cli.environments import add_environments
from modelport.cli.models import add_models
from modelport.errors import ModelportError

Command = Callable[[argparse.Namespace], int]

STACK = "MODELPORT_STACK"
COMMANDS = {  # command: what it does
    "up": "create or update the stack, then print each service's URL and a curl line",
    "preview": "show what `up` would do",
    "down": "take the stack's services away; models stay in the store",
    "refresh": "hold the stack's state against what really runs",
    "outputs": "print the endpoints as JSON",
    "keys": "print the keys as JSON, or one key as it is",
    "invoke": "post a body to a service and print the answer",
    "logs": "print the end of a service's log",
    "prune": "remove builds, environments and unpacked models that no service uses",
    "image": "write a service's image to a folder or file, whether the service runs or not",
    "lock": "write modelport.lock: the exact packages of every image",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 1 for an error that the user can mend, told in one line."""
    arguments = parser().parse_args(argv)
    handler: Command = arguments.handler
    try:
        return handler(arguments)
    except ModelportError as error:
        print(f"modelport: {error}", file=sys.stderr)  # noqa: T201 - a command speaks to its user
        return 1
    except BrokenPipeError:  # `modelport logs x | head`: nobody reads on, which is no failure
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        hint = "check that it may be written and that the disk has room"
        print(f"modelport: {error.filename or 'a file'}: {error.strerror}; {hint}", file=sys.stderr)  # noqa: T201 - the same
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Build the command line; a command's module is imported only when it runs."""
    root = argparse.ArgumentParser(prog="modelport", description="Turn models into scoring endpoints.")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in ("up", "preview", "down", "refresh"):
        added = _add(commands, command, "lifecycle")
        added.add_argument("engine_arguments", nargs="*", metavar="-- ARGUMENT", help="passed to pulumi as they are")
    _add(commands, "outputs", "outputs")
    keys = _add(commands, "keys", "outputs")
    keys.add_argument("service", nargs="?", help="only this service")
    keys.add_argument("which", nargs="?", choices=["primary", "secondary"], help="only this key, as it is")
    invoke = _add(commands, "invoke", "invoke")
    invoke.add_argument("service")
    invoke.add_argument(
        "file", nargs="?", help="the body; '-' is standard input; left out: what is piped in, else the sample"
    )
    invoke.add_argument(
        "--timeout", type=float, default=60.0, metavar="SECONDS", help="longest wait (default: %(default)g)"
    )
    prune = _add(commands, "prune", "prune")
    prune.add_argument("--dry-run", action="store_true", help="only name them")
    lock = _add(commands, "lock", "lock")
    lock.add_argument("--upgrade", action="store_true", help="take the newest versions, not the locked ones")
    lock.add_argument(
        "--platform", action="append", default=[], help="lock for this platform too, such as 'linux/arm64 cp312'"
    )
    image = _add(commands, "image", "image")
    image.add_argument("service")
    form = image.add_mutually_exclusive_group(required=True)
    form.add_argument("--out", type=Path, metavar="FOLDER", help="as an OCI image layout: a new or empty folder")
    form.add_argument("--archive", type=Path, metavar="FILE", help="as an archive for `docker load`: a new file")
    form.add_argument("--context", type=Path, metavar="FOLDER", help="as a folder for `docker build`, new or empty")
    add_models(commands)
    add_environments(commands)
    logs = _add(commands, "logs", "logs")
    logs.add_argument("service")
    logs.add_argument("-f", "--follow", action="store_true", help="go on with what is written from now on")
    logs.add_argument(
        "-n", "--lines", type=_count, default=5000, help="how many of the last lines (default: %(default)s)"
    )
    return root


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", command: str, module: str
) -> argparse.ArgumentParser:
    added = commands.add_parser(command, help=COMMANDS[command], description=COMMANDS[command])
    added.set_defaults(handler=partial(_run, module))
    stack = os.environ.get(STACK) or "dev"
    added.add_argument("-s", "--stack", default=stack, help=f"default: ${STACK}, else dev")
    added.add_argument("-C", "--cwd", type=Path, default=Path(), help="work on the project in or above this folder")
    return added


def _run(module: str, arguments: argparse.Namespace) -> int:
    command: Command = import_module(f"modelport.cli.{module}").run
    return command(arguments)


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        msg = f"{text} is below 0"
        raise argparse.ArgumentTypeError(msg)
    return count
