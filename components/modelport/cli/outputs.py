"""`modelport outputs` and `modelport keys`; what other commands read from the stack's outputs."""

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

from modelport.cli.engine import Engine
from modelport.cli.project import find_project
from modelport.errors import ModelportError


def run(arguments: argparse.Namespace) -> int:
    """Print endpoints or keys as JSON; one key alone as it is."""
    outputs = Engine(find_project(arguments.cwd), arguments.stack).outputs()
    if arguments.command == "outputs":
        shown: Any = outputs.get("endpoints", {})
    elif arguments.service is None:
        shown = outputs.get("keys", {})
    else:
        shown = of_service(outputs, "keys", arguments.service)
    if arguments.command == "keys" and arguments.which:
        sys.stdout.write(f"{shown[arguments.which]}\n")
    else:
        sys.stdout.write(f"{json.dumps(shown, indent=2)}\n")
    return 0


def of_service(outputs: Mapping[str, Any], output: str, service: str) -> Any:  # noqa: ANN401 - outputs are JSON
    """
    Take the entry of *service* in *output* (``endpoints`` or ``keys``).

    Raises `ModelportError` when the stack has no such service, or it takes no keys.
    """
    endpoints = outputs.get("endpoints", {})
    entries = outputs.get(output, {})
    if service in entries:
        return entries[service]
    if service in endpoints:
        msg = f"service {service!r} takes no keys"
    else:
        msg = f"there is no service {service!r} in this stack; there are: {', '.join(sorted(endpoints)) or 'none'}"
    raise ModelportError(msg)
