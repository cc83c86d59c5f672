"""Rules inside the block `inference` and inside an environment that concern more than one key."""

from collections.abc import Iterator, Mapping

from stack.errors import Place, Problem
from stack.inference import variable_name_fault
from stack.raw import mapping

OF_2019 = (
    "runtime", "conda_file", "extra_dockerfile_steps", "enable_gpu", "cuda_version", "base_image",
    "base_image_registry",
)  # fmt: skip
"""What Azure ML's inference configurations said before there were environments."""

_PACKAGES = ("dependencies", "requirements", "python_version")


def inference_problems(place: Place, inference: Mapping[str, object], image: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what is wrong with the block at *place*; *image* is the block `image` of the same service."""
    environment = inference.get("environment")
    if environment is not None:
        for key in ("requirements", *OF_2019):
            if inference.get(key) not in (None, False):
                yield Problem((*place, key), f"stands beside an environment; keep one, or {_new_place(key)}")
    elif inference.get("requirements") is not None and inference.get("conda_file") is not None:
        yield Problem((*place, "conda_file"), "stands beside requirements; keep one, or list them in it under pip")
    if inference.get("extra_dockerfile_steps") is not None:
        way_out = "put them into a Dockerfile of your own, which begins with FROM, and name it in image.dockerfile"
        yield Problem((*place, "extra_dockerfile_steps"), f"cannot be added to an image: {way_out}")
    yield from _base_problems(place, inference, image)
    yield from environment_problems((*place, "environment"), mapping(environment), image)


def environment_problems(
    place: Place, environment: Mapping[str, object], image: Mapping[str, object]
) -> Iterator[Problem]:
    """Yield what is wrong with the environment at *place*."""
    for name in mapping(environment.get("environment_variables")):
        fault = variable_name_fault(name)
        if fault:
            yield Problem((*place, "environment_variables", name), fault)
    python, docker = mapping(environment.get("python")), mapping(environment.get("docker"))
    yield from _python_problems((*place, "python"), python, environment)
    yield from _base_problems((*place, "docker"), docker, image)
    if docker.get("base_image") is not None and docker.get("base_dockerfile") is not None:
        yield Problem((*place, "docker", "base_dockerfile"), "stands beside base_image; keep one")
    dockerfile = docker.get("base_dockerfile")
    if isinstance(dockerfile, str) and "\n" in dockerfile:
        text = "holds the text of a Dockerfile; write it into a file, and give its path"
        yield Problem((*place, "docker", "base_dockerfile"), text)


def _new_place(key: str) -> str:
    places = {
        "requirements": "move it to environment.requirements",
        "conda_file": "move it to environment.python.conda_dependencies_file",
        "base_image": "move it to environment.docker.base_image",
        "base_image_registry": "move it to environment.docker.base_image_registry",
        "enable_gpu": "say image.accelerator: cuda12",
        "cuda_version": "say image.accelerator: cuda12",
    }
    return places.get(key, "leave it out")


def _python_problems(
    place: Place, python: Mapping[str, object], environment: Mapping[str, object]
) -> Iterator[Problem]:
    file, inline = python.get("conda_dependencies_file"), python.get("conda_dependencies")
    if file is not None and inline is not None:
        yield Problem((*place, "conda_dependencies"), "stands beside conda_dependencies_file; keep one")
    if python.get("user_managed_dependencies") not in (True, "true"):
        if python.get("base_conda_environment") is not None:
            text = "needs user_managed_dependencies: true, and the path of its Python as interpreter_path"
            yield Problem((*place, "base_conda_environment"), text)
        return
    for key in ("conda_dependencies_file", "conda_dependencies"):
        if python.get(key) is not None:
            yield Problem(
                (*place, key), "stands beside user_managed_dependencies, which keeps the image's own; keep one"
            )
    for key in _PACKAGES:
        if environment.get(key) not in (None, [], ()):
            text = "stands beside python.user_managed_dependencies, which keeps the image's own; keep one"
            yield Problem((*place[:-1], key), text)
    if python.get("base_conda_environment") is not None and python.get("interpreter_path") is None:
        text = "missing (the path of that environment's Python, such as /opt/conda/envs/NAME/bin/python)"
        yield Problem((*place, "interpreter_path"), text, is_missing=True)


def _base_problems(place: Place, block: Mapping[str, object], image: Mapping[str, object]) -> Iterator[Problem]:
    """Judge base image and registry, which Azure ML had in two places."""
    registry = mapping(block.get("base_image_registry"))
    for key in ("username", "password"):
        if registry.get(key) is not None:
            text = "is refused: put it into modelport:registries, by host; it is no setting of a service"
            yield Problem((*place, "base_image_registry", key), text)
    if registry.get("address") is not None and block.get("base_image") is None:
        yield Problem((*place, "base_image_registry"), "needs a base_image beside it")
    if block.get("base_image") is not None and image.get("base") is not None:
        yield Problem((*place, "base_image"), "stands beside image.base; keep one")
