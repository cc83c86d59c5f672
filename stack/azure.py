"""
The blocks that Azure Machine Learning has too: its `inferenceconfig.json` and its environments.

Each is written in snake_case in a stack file, and in camelCase in Azure ML's own JSON file. Source: the SDK's classes
`InferenceConfig` and `Environment`, and the table of the deployment guide,
https://learn.microsoft.com/azure/machine-learning/v1/reference-azure-machine-learning-cli#inference-configuration-schema.
"""

import re
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from stack.azure_fields import CondaItem, CudaVersion, Empty, Runtime
from stack.block import Block
from stack.fields import VERSION_LIKE, Matching, Switch, Text

_RESERVED_NAME = re.compile(r"microsoft|azureml", re.IGNORECASE)


def environment_name_fault(name: str) -> str | None:
    """Say what is wrong with an environment's *name*: two beginnings belong to Azure ML's own environments."""
    if _RESERVED_NAME.match(name):
        return "must not begin with 'Microsoft' or 'AzureML': Azure ML's own environments do"
    return None


class AzureBlock(Block):
    """A block with two spellings."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)


class CondaDependencies(AzureBlock):
    """What a conda file says, written out."""

    name: Annotated[str, Text()] | None = None
    """Plays no part."""
    channels: tuple[Annotated[str, Text()], ...] = ()
    """Play no part: packages come from the package index."""
    dependencies: tuple[Annotated[str | dict[str, list[str]], CondaItem()], ...] = ()
    """Packages as conda writes them, and `{pip: [...]}` with requirements as pip writes them."""


class PythonSettings(AzureBlock):
    """The packages of an environment as conda knows them, or the image's own Python."""

    user_managed_dependencies: Annotated[bool, Switch()] = False
    """Use the packages of the base image as they are; nothing but the scoring runtime is added."""
    interpreter_path: Annotated[str, Text()] | None = None
    """The base image's own Python: an absolute path, or `python` for the one on its PATH."""
    conda_dependencies_file: Annotated[str, Text()] | None = None
    """Conda file, relative to the source directory or the project."""
    base_conda_environment: Annotated[str, Text()] | None = None
    """An environment inside the base image; name its Python in `interpreter_path`."""
    conda_dependencies: CondaDependencies | None = None
    """The same as a conda file, written out."""


class BaseImageRegistry(AzureBlock):
    """The registry of the base image."""

    address: Annotated[str, Text()] | None = None
    """Host of the registry; put before the image's name."""
    username: Annotated[str, Text(hidden=True)] | None = None
    """Refused: credentials are found by host when they are needed, and are never settings of a service."""
    password: Annotated[str, Text(hidden=True)] | None = None
    """Refused: credentials are found by host when they are needed, and are never settings of a service."""


class DockerSettings(AzureBlock):
    """The base image of an environment."""

    enabled: Annotated[bool, Switch()] = False
    """Plays no part: the target decides."""
    base_image: Annotated[str, Text()] | None = None
    """Base image; the same as `image.base`."""
    base_dockerfile: Annotated[str, Text()] | None = None
    """Path of a Dockerfile that makes the base image; the same as `image.dockerfile`."""
    base_image_registry: BaseImageRegistry | None = None
    """The registry of the base image."""
    shared_volumes: Annotated[bool, Switch()] = True
    """Plays no part: a scoring container mounts nothing."""
    shm_size: Annotated[str, Text(whole=True)] | None = None
    """Not taken over; the container's target has it."""
    arguments: tuple[Annotated[str, Text()], ...] = ()
    """Not taken over; what a container may be given is a setting of its target."""


class AzureEnvironment(AzureBlock):
    """An environment as Azure ML writes it."""

    name: Annotated[str, Matching(environment_name_fault, "^(?![Mm]icrosoft|[Aa]zure[Mm][Ll])")] | None = None
    """Name of the environment. Alone, that of a curated one or of one in `modelport:environments`."""
    version: Annotated[str, VERSION_LIKE] | None = None
    """Label of the environment; what is in it counts."""
    environment_variables: dict[str, Annotated[str, Text(whole=True, hidden=True)]] = Field(default_factory=dict)
    """Variables of the service's process. Not for secrets: they are stored in clear."""
    python: PythonSettings | None = None
    """Packages as conda knows them, or the image's own Python."""
    docker: DockerSettings | None = None
    """The base image."""
    spark: Annotated[None, Empty("Spark is not run in a scoring process: score with pandas, pyarrow or ONNX")] = None
    """Refused unless empty: Spark is not run."""
    databricks: Annotated[None, Empty("Databricks libraries are of a cluster: list the packages instead")] = None
    """Refused unless empty: Databricks libraries are of a cluster."""
    inferencing_stack_version: Annotated[str, VERSION_LIKE] | None = None
    """Plays no part: the bundled runtime serves every image."""


class AzureInference(AzureBlock):
    """How requests become answers, as Azure ML writes it."""

    entry_script: Annotated[str, Text()] | None = None
    """Python file with `init()` and `run()`, relative to the source directory or the project."""
    source_directory: Annotated[str, Text()] | None = None
    """Folder that goes along with the script; by default the script's own."""
    conda_file: Annotated[str, Text()] | None = None
    """Conda file, relative to the source directory or the project."""
    environment: AzureEnvironment | None = None
    """Packages and variables, when a file does not say enough."""
    description: Annotated[str, Text()] | None = None
    """What the script does."""
    runtime: Annotated[Literal["python", "python-slim"], Runtime()] | None = None
    """Deprecated: `python` is the only one."""
    extra_dockerfile_steps: Annotated[str, Text()] | None = None
    """Refused: put the steps into a Dockerfile of your own, `image.dockerfile`."""
    enable_gpu: Annotated[bool, Switch()] = False
    """Deprecated: the same as `image.accelerator: cuda12`."""
    cuda_version: Annotated[str, CudaVersion()] | None = None
    """Deprecated: 9.0, 9.1 and 10.0 become `image.accelerator: cuda12`."""
    base_image: Annotated[str, Text()] | None = None
    """Deprecated: the same as `image.base`."""
    base_image_registry: BaseImageRegistry | None = None
    """Deprecated: the registry of the base image."""
