"""The block `inference`: the script that answers, and the Python environment it runs in."""

import re
from typing import Annotated

from pydantic import Field

from stack.block import Block
from stack.fields import Matching, Text, Url

_RESERVED_NAME = re.compile(r"microsoft|azureml", re.IGNORECASE)
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def environment_name_fault(name: str) -> str | None:
    """Say what is wrong with an environment's *name*: two beginnings belong to Azure ML's own environments."""
    if _RESERVED_NAME.match(name):
        return "must not begin with 'Microsoft' or 'AzureML': Azure ML's own environments do"
    return None


def variable_name_fault(name: str) -> str | None:
    """Say what is wrong with the *name* of an environment variable."""
    if _VARIABLE_NAME.fullmatch(name):
        return None
    return "must be a variable name: letters, digits and '_', the first no digit"


class EnvironmentSettings(Block):
    """The Python packages and variables of a service."""

    name: Annotated[str, Matching(environment_name_fault, "^(?![Mm]icrosoft|[Aa]zure[Mm][Ll])")] | None = None
    """Name of the environment."""
    environment_variables: dict[str, Annotated[str, Text(whole=True, hidden=True)]] = Field(default_factory=dict)
    """Variables of the service's process. Not for secrets: they are stored in clear."""
    dependencies: tuple[Annotated[str, Text()], ...] = ()
    """Packages as pip writes them, such as `scikit-learn==1.9.1`."""
    requirements: Annotated[str, Text()] | None = None
    """Requirements file, relative to the project."""
    wheelhouse: Annotated[str, Text()] | None = None
    """Folder of wheels that are looked at first, relative to the project."""
    index_url: Annotated[str, Url()] | None = None
    """Package index to use instead of the usual one."""
    extra_index_urls: tuple[Annotated[str, Url()], ...] = ()
    """Package indexes to use besides."""


class InferenceSettings(Block):
    """How requests become answers. ONNX and scikit-learn models need none of it."""

    entry_script: Annotated[str, Text()] | None = None
    """Python file with `init()` and `run()`, relative to the project."""
    source_directory: Annotated[str, Text()] | None = None
    """Folder that goes along with the script; by default the script's own."""
    requirements: Annotated[str, Text()] | None = None
    """Requirements file, relative to the project; short for `environment: {requirements: ...}`."""
    environment: EnvironmentSettings | None = None
    """Packages and variables, when a requirements file does not say enough."""
    description: Annotated[str, Text()] | None = None
    """What the script does."""
