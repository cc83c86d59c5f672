"""`modelport invoke`: one request to a service of the stack."""

import argparse
import mimetypes
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from modelport.cli.engine import Engine
from modelport.cli.outputs import of_service
from modelport.cli.project import Project, find_project
from modelport.cli.sample import SAMPLE_FILE, sample_request
from modelport.errors import ModelportError

CONNECT_TIMEOUT_S = 5.0
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
JSON = "application/json"


def run(arguments: argparse.Namespace) -> int:
    """Post the body and print the answer as it came; anything but 200 is an error."""
    project = find_project(arguments.cwd)
    outputs = Engine(project, arguments.stack).outputs()
    endpoint = of_service(outputs, "endpoints", arguments.service)
    body, content_type = read_body(arguments.file, project, arguments.stack, arguments.service)
    headers = {"Content-Type": content_type, **authorization(outputs, arguments.service)}
    answer = post(arguments.service, endpoint["scoring_url"], body, headers, arguments.timeout)
    if answer.status_code != requests.codes.ok:
        msg = f"service {arguments.service!r} answered {answer.status_code}: {' '.join(answer.text.split())[:2000]}"
        raise ModelportError(msg)
    sys.stdout.buffer.write(answer.content if answer.content.endswith(b"\n") else answer.content + b"\n")
    return 0


def read_body(file: str | None, project: Project, stack: str, service: str) -> tuple[bytes, str]:
    """
    Read the body and its content type: *file*, else what is piped in, else the service's example request.

    Raises `ModelportError` when there is none, or it cannot be read.
    """
    if file == "-":
        return sys.stdin.buffer.read(), JSON
    if file is None and _is_piped() and (piped := sys.stdin.buffer.read()):
        return piped, JSON
    path = Path(file) if file else sample_request(project, stack, service)
    if path is None:
        msg = f"service {service!r} has no {SAMPLE_FILE} beside its script or model; name a file, or '-' for stdin"
        raise ModelportError(msg)
    try:
        return path.read_bytes(), mimetypes.guess_type(path.name)[0] or JSON
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise ModelportError(msg) from error


def authorization(outputs: Mapping[str, Any], service: str) -> dict[str, str]:
    """Make the header that carries the primary key; none for a service without keys."""
    keys = outputs.get("keys", {}).get(service)
    return {"Authorization": f"Bearer {keys['primary']}"} if keys else {}


def post(service: str, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> requests.Response:
    """Post *body*; raise `ModelportError` when no answer comes."""
    with requests.Session() as session:
        session.trust_env = urlsplit(url).hostname not in LOOPBACK  # a proxy's 127.0.0.1 is another machine
        try:
            return session.post(url, data=body, headers=dict(headers), timeout=(CONNECT_TIMEOUT_S, timeout_s))
        except requests.ReadTimeout as error:
            msg = f"service {service!r} did not answer within {timeout_s:g} s; see its log, or raise --timeout"
            raise ModelportError(msg) from error
        except requests.RequestException as error:
            msg = f"service {service!r} cannot be reached at {url} ({type(error).__name__}); `make up` repairs it"
            raise ModelportError(msg) from error


def _is_piped() -> bool:
    """Whether standard input is a pipe or a file; a terminal or /dev/null would say nothing."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):  # closed, or replaced by something that is no file
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)
