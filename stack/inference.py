"""The block `inference`: the script that answers, and the Python environment it runs in."""

import re
from typing import Annotated

from modelport.image.python_version import PYTHONS

from stack.azure import AzureEnvironment, AzureInference
from stack.fields import Matching, Text, Url

_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def variable_name_fault(name: str) -> str | None:
    """Say what is wrong with the *name* of an environment variable."""
    if _VARIABLE_NAME.fullmatch(name):
        return None
    return "must be a variable name: letters, digits and '_', the first no digit"


def python_fault(version: str) -> str | None:
    """Say what is wrong with a *version* of Python."""
    return None if version in PYTHONS else f"must be one of {', '.join(PYTHONS)}, in quotes"


class EnvironmentSettings(AzureEnvironment):
    """The Python packages and variables of a service."""

    dependencies: tuple[Annotated[str, Text()], ...] = ()
    """Packages as pip writes them, such as `scikit-learn==1.9.1`."""
    requirements: Annotated[str, Text()] | None = None
    """Requirements file, relative to the project."""
    python_version: Annotated[str, Matching(python_fault, f"^({'|'.join(map(re.escape, PYTHONS))})$")] | None = None
    """Version of Python, in quotes. By default the conda file's, else the base image's, else this machine's."""
    wheelhouse: Annotated[str, Text()] | None = None
    """Folder of wheels that are looked at first, relative to the project."""
    index_url: Annotated[str, Url()] | None = None
    """Package index to use instead of the usual one."""
    extra_index_urls: tuple[Annotated[str, Url()], ...] = ()
    """Package indexes to use besides."""


class InferenceSettings(AzureInference):
    """How requests become answers. A single ONNX or scikit-learn model needs none of it."""

    file: Annotated[str, Text()] | None = None
    """Azure ML's `inferenceconfig.json`, relative to the project; what is written beside it completes it."""
    requirements: Annotated[str, Text()] | None = None
    """Requirements file, relative to the project; short for `environment: {requirements: ...}`."""
    environment: EnvironmentSettings | None = None
    """Packages and variables, when a file does not say enough."""
