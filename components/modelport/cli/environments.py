"""`modelport environments list|show`: the curated environments, and what the lock has for each image."""

import argparse
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from modelport.errors import ModelportError
from modelport.image.curated import CURATED, OTHER_NAMES
from modelport.image.lock import Lock, LockedEnvironment, read_lock


def add_environments(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command group `environments`; each command sets ``handler``: arguments in, exit code out."""
    group = subparsers.add_parser("environments", help="curated and locked environments: list, show")
    commands = group.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="list curated environments, and the images in modelport.lock")
    showing = commands.add_parser("show", help="show what a curated environment asks for, or what an image has")
    showing.add_argument("name", help="a curated environment, or an image in modelport.lock")
    for command, handler in ((listing, _list), (showing, _show)):
        command.add_argument("-C", "--cwd", type=Path, default=Path(), help="the project in or above this folder")
        command.set_defaults(handler=handler)


def _list(arguments: argparse.Namespace) -> int:
    _print(f"{name}  curated  {', '.join(lines)}" for name, lines in CURATED.items())
    locked = _lock(arguments.cwd).environments
    _print(f"{name}  locked  {', '.join(each.platforms)}" for name, each in sorted(locked.items()))
    return 0


def _show(arguments: argparse.Namespace) -> int:
    name = arguments.name
    locked = _lock(arguments.cwd).environments
    if name in locked:
        _print(_locked_lines(locked[name]))
    elif OTHER_NAMES.get(name, name) in CURATED:
        _print(CURATED[OTHER_NAMES.get(name, name)])
    else:
        near = get_close_matches(name, [*locked, *CURATED], n=1)
        hint = f"did you mean {near[0]!r}?" if near else "`modelport environments list` names what there is"
        msg = f"{name!r} is neither an image in modelport.lock nor a curated environment: {hint}"
        raise ModelportError(msg)
    return 0


def _locked_lines(locked: LockedEnvironment) -> Iterator[str]:
    yield "asked for:"
    yield from (f"  {each.split(' --hash')[0]}" for each in locked.requires)
    for platform, packages in sorted(locked.platforms.items()):
        yield f"locked on {platform}:"
        yield from (f"  {each.name}=={each.version}" for each in packages)


def _lock(folder: Path) -> Lock:
    from modelport.cli.project import find_project  # noqa: PLC0415 - reads YAML, which the help has no need of

    return read_lock(find_project(folder).workspace.lock_file)


def _print(lines: "Iterator[str] | tuple[str, ...]") -> None:
    for line in lines:
        print(line)  # noqa: T201 - a command speaks to its user
