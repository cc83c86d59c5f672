"""What the command line itself reads in a stack's settings; it is the program that validates them."""

from collections.abc import Mapping
from typing import Any

import yaml

from modelport.cli.project import Project

LOCAL = "local"


def services(project: Project, stack: str) -> Mapping[str, Any]:
    """Read the block of every service of *stack*; empty when the settings are missing or make no sense."""
    return mapping(_config(project, stack).get("modelport:services"))


def is_local(project: Project, stack: str) -> bool:
    """Whether all of *stack* runs on this machine, so that no plugin of a cloud is wanted."""
    config = _config(project, stack)
    kinds = {mapping(mapping(service).get("target")).get("kind") for service in services(project, stack).values()}
    registry = mapping(mapping(config.get("modelport:registry")).get("create")).get("kind", "layout")
    return kinds <= {LOCAL} and registry == "layout" and "modelport:cluster" not in config


def mapping(value: object) -> Mapping[str, Any]:
    """Hand back *value* when it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def _config(project: Project, stack: str) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(project.stack_file(stack).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):  # the engine reads the same file, and complains better
        return {}
    return mapping(mapping(content).get("config"))
