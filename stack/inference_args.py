"""From the block `inference` to the arguments of a scoring image, and what the user should know of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from stack.azure import BaseImageRegistry, CondaDependencies
from stack.environments import curated, resolved
from stack.inference import EnvironmentSettings, InferenceSettings

ACCELERATOR = "cuda12"
OWN_PYTHON = "python"
"""Azure ML's default of `interpreter_path`: the Python on the image's PATH."""


def inference_args(inference: InferenceSettings, declared: Mapping[str, EnvironmentSettings]) -> dict[str, Any]:
    """Return the arguments of `ScoringImage` that *inference* gives; ``None`` and empty for what it does not say."""
    of_2019 = {
        "conda_file": inference.conda_file,
        "base": _base(inference.base_image, inference.base_image_registry),
        "accelerator": ACCELERATOR if inference.enable_gpu or inference.cuda_version else None,
    }
    script = inference.model_dump(include={"entry_script", "source_directory", "requirements"})
    if inference.environment is None:
        return {**script, **of_2019}
    return {**script, **of_2019, **_environment_args(resolved(inference.environment, declared))}


def _environment_args(environment: EnvironmentSettings) -> dict[str, Any]:
    python, docker = environment.python, environment.docker
    conda = python.conda_dependencies if python else None
    plain = environment.model_dump(include={*_AS_THEY_ARE})
    return {
        **plain,
        "environment": curated(environment),
        "dependencies": [*environment.dependencies, *_pip(conda)],
        "conda_dependencies": [each for each in conda.dependencies if isinstance(each, str)] if conda else [],
        "conda_file": python.conda_dependencies_file if python else None,
        "interpreter_path": (python.interpreter_path or OWN_PYTHON)
        if python and python.user_managed_dependencies
        else None,
        "base": _base(docker.base_image, docker.base_image_registry) if docker else None,
        "dockerfile": docker.base_dockerfile if docker else None,
    }


_AS_THEY_ARE = (
    "requirements", "wheelhouse", "index_url", "extra_index_urls", "environment_variables", "python_version",
)  # fmt: skip


def _pip(conda: CondaDependencies | None) -> list[str]:
    mappings = [each for each in (conda.dependencies if conda else ()) if isinstance(each, dict)]
    return [requirement for each in mappings for requirement in each["pip"]]


def _base(image: str | None, registry: BaseImageRegistry | None) -> str | None:
    """Put the registry's address before the *image*, unless it is there."""
    address = registry.address if registry else None
    if image is None or address is None or image.startswith(f"{address}/"):
        return image
    return f"{address.rstrip('/')}/{image}"


def inference_findings(inference: InferenceSettings, declared: Mapping[str, EnvironmentSettings]) -> Iterator[str]:
    """Yield what is deprecated in *inference* and its environment, and what is said in vain; one line each."""
    if inference.runtime is not None:
        yield f"runtime: {inference.runtime!r} is deprecated and the only one: leave it out"
    if inference.enable_gpu:
        yield f"enable_gpu is deprecated: image.accelerator: {ACCELERATOR} takes its place"
    if inference.cuda_version is not None:
        yield f"cuda_version: CUDA {inference.cuda_version} can no longer be had: {ACCELERATOR} takes its place"
    if inference.base_image is not None:
        yield "base_image is deprecated: image.base takes its place"
    if inference.environment is not None:
        for text in _environment_findings(resolved(inference.environment, declared)):
            yield f"environment.{text}"


def _environment_findings(environment: EnvironmentSettings) -> Iterator[str]:
    python, docker = environment.python, environment.docker
    if environment.inferencing_stack_version is not None:
        yield "inferencing_stack_version plays no part: the bundled runtime serves every image"
    if docker and docker.shm_size is not None:
        yield "docker.shm_size is not taken over: shared memory is a setting of the container's target"
    if docker and docker.arguments:
        yield "docker.arguments are not taken over: what a container may be given is a setting of its target"
    if python and python.base_conda_environment is not None:
        yield "python.base_conda_environment plays no part: interpreter_path names its Python"
    if python and python.interpreter_path not in {None, OWN_PYTHON} and not python.user_managed_dependencies:
        yield "python.interpreter_path plays no part without user_managed_dependencies: true"
    if python and python.conda_dependencies and python.conda_dependencies.channels:
        yield "python.conda_dependencies.channels are not asked: packages come from the package index"
