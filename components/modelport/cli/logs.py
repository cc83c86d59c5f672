"""`modelport logs`: the end of a service's log: a file of this machine, or a container's output."""

import argparse
import os
import sys
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import BinaryIO

from modelport.cli.container import container_of
from modelport.cli.environment import backend_environment
from modelport.cli.project import Project, checked_stack, find_project, short
from modelport.errors import ModelportError
from modelport.local.runs import run_folder
from modelport.stack_identity import StackIdentity

BLOCK = 64 * 1024
POLL_S = 0.2


def run(arguments: argparse.Namespace) -> int:
    """Print the last lines, and with ``-f`` what comes, through every rotation of the file."""
    project = find_project(arguments.cwd)
    file = log_file(project, checked_stack(arguments.stack), arguments.service)
    try:
        log = file.open("rb")
    except FileNotFoundError:
        return _print_container(project, file, arguments)
    with log:
        _print(last_lines(log, arguments.lines))
        if arguments.follow:
            for piece in follow(file, log):
                _print(piece)
    return 0


def log_file(project: Project, stack: str, service: str, environ: Mapping[str, str] = os.environ) -> Path:
    """
    Find the log of *service*: of the backend that `modelport up` would use, else of the only one that has it.

    The second is for those who run `pulumi up` themselves, with a login that this command leaves alone.
    """
    backend = backend_environment(project, environ)
    identity = StackIdentity.of(project.root, project.name, short(stack), backend)
    log = run_folder(project.workspace, identity, service).log
    others = [path for path in project.workspace.run.glob(f"{short(stack)}-*/{service}/{log.name}") if path != log]
    return others[0] if not log.exists() and len(others) == 1 else log


def last_lines(log: BinaryIO, count: int) -> bytes:
    """Read the last *count* lines of *log*, from its end, without reading the rest; leaves it at its end."""
    end = position = log.seek(0, os.SEEK_END)
    tail = b""
    while position > 0 and tail.count(b"\n") <= count:
        step = min(BLOCK, position)
        position = log.seek(position - step)
        tail = log.read(step) + tail
    log.seek(end)
    pieces = count + 1 if tail.endswith(b"\n") else count  # the last line's end is followed by an empty piece
    return b"\n".join(tail.split(b"\n")[-pieces:]) if count else b""


def follow(file: Path, log: BinaryIO) -> Generator[bytes]:
    """
    Yield what is written after *log*'s position, for ever, and close *log* in the end.

    When *file* is rotated, the old one is read to its end before the new one.
    """
    try:
        while True:
            replaced = _replaced(file, log.fileno())  # asked before reading: what the old file still got is not lost
            if piece := log.read():
                yield piece
            elif replaced:
                log.close()
                log = file.open("rb")
            else:
                time.sleep(POLL_S)
    finally:
        log.close()


def _replaced(file: Path, descriptor: int) -> bool:
    """Whether *file* is by now another file than the open one."""
    try:
        return not os.path.samestat(file.stat(), os.fstat(descriptor))
    except FileNotFoundError:  # between the two steps of a rotation
        return False


def _print_container(project: Project, file: Path, arguments: argparse.Namespace) -> int:
    """Print what a container has written, where there is no *file*; the stack knows whether there is one."""
    missing = f"service {arguments.service!r} of stack {arguments.stack!r} has no log at {file}"
    try:
        container = container_of(project, arguments.stack, arguments.service)
    except ModelportError as error:
        msg = f"{missing}, and the stack cannot tell of a container: {error}"
        raise ModelportError(msg) from error
    if container is None:
        msg = f"{missing}; was it started here?"
        raise ModelportError(msg)
    return container.daemon.logs(container.name, lines=arguments.lines, follow=arguments.follow)


def _print(piece: bytes) -> None:
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
