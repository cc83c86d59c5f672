"""What `modelport up` says at the end: where each service is, and how to call it."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modelport.cli.project import Project
from modelport.cli.sample import sample_request

DEFAULT_STACK = "dev"


def summary(project: Project, stack: str, outputs: Mapping[str, Any]) -> str:
    """Write two lines per service: name and URL, and a `curl` line that works from the current folder as it stands."""
    lines = []
    for service, endpoint in sorted(outputs.get("endpoints", {}).items()):
        key = key_command(project, stack, service) if service in outputs.get("keys", {}) else None
        sample = sample_request(project, stack, service)
        lines += [f"{service}: {endpoint['scoring_url']}", f"  {curl_line(endpoint['scoring_url'], key, sample)}"]
    return "".join(f"{line}\n" for line in lines)


def curl_line(url: str, key_from: str | None, body: Path | None) -> str:
    """Write the call: *key_from* is a command that prints the key, *body* the file to post (none: an empty list)."""
    parts = ["curl -sS", "-H 'Content-Type: application/json'"]
    if key_from:
        parts.append(f'-H "Authorization: Bearer $({key_from})"')
    data = f"@{os.path.relpath(body)}" if body else '{"data": []}'
    parts += [f"--data-binary {shlex.quote(data)}", shlex.quote(url)]
    return " ".join(parts)


def key_command(project: Project, stack: str, service: str) -> str:
    """Write the command that prints the service's primary key, as this user's shell would find it."""
    words = [_own_path(), "keys"]
    if stack != DEFAULT_STACK:
        words += ["--stack", stack]
    if not Path.cwd().is_relative_to(project.root):
        words += ["--cwd", str(project.root)]
    return shlex.join([*words, service, "primary"])


def _own_path() -> str:
    """Name this program: alone in an activated environment, else by path (`make` changes its own PATH only)."""
    if os.environ.get("VIRTUAL_ENV") == sys.prefix:
        return "modelport"
    script = Path(sys.executable).parent / "modelport"
    nearby = script.is_relative_to(Path.cwd())
    return os.path.relpath(script) if nearby else str(script)
