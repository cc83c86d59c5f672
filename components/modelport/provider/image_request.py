"""From the inputs of an `ImageBuild` to what an image is asked to hold."""

from pathlib import Path
from typing import Final

from modelport.errors import InputError, InvalidInputsError, ModelportError
from modelport.image.builders import BUILDERS, DOCKER, FILES
from modelport.image.dockerfile import DOCKERFILE, base_of_dockerfile, read_dockerfile
from modelport.image.platforms import Platform, host_platform, parse_platform
from modelport.image.request import ImageModel, ImageRequest
from modelport.image.wanted_sources import settled
from modelport.provider.inputs import Inputs
from modelport.provider.models import image_model
from modelport.provider.resource import Call

INPUTS: Final = (
    "store",
    "name",
    "models",
    "modelPaths",
    "entryScript",
    "sourceDirectory",
    "requirements",
    "dependencies",
    "condaFile",
    "condaDependencies",
    "environment",
    "pythonVersion",
    "interpreterPath",
    "wheelhouse",
    "indexUrl",
    "extraIndexUrls",
    "environmentVariables",
    "platform",
    "builder",
    "base",
    "dockerfile",
    "accelerator",
    "repository",
    "tag",
    "sizeLimitMb",
    "pullHost",
    "prebuiltReference",
)

_BUILDER: Final = "builder"


def image_request(call: Call, news: Inputs) -> ImageRequest:
    """Read the inputs; raises `InvalidInputsError` with all that is wrong with models and platform."""
    failures: list[InputError] = []
    models = _models(call, news, failures)
    if failures:
        raise InvalidInputsError(failures)
    return settled(_request(call.session.project_root, news, models))


def builder_of(news: Inputs) -> str:
    """Read the builder."""
    return news.optional_text("builder") or FILES


def check_builder(news: Inputs) -> None:
    """Raise `InputError` for a builder that does not exist."""
    if (builder := builder_of(news)) not in BUILDERS:
        raise InputError(_BUILDER, f"{builder!r} is not known: it is one of {', '.join(BUILDERS)}")


def image_platform(news: Inputs) -> str:
    """Read the platform of an image, such as ``linux/amd64``."""
    platform = _platform(news.optional_text("platform"), builder_of(news))
    return f"{platform.system}/{platform.machine}"


def _models(call: Call, news: Inputs, failures: list[InputError]) -> tuple[ImageModel, ...]:
    found: list[ImageModel] = []
    for text in news.texts("models"):
        try:
            found.append(image_model(call, text, news.text("store")))
        except ModelportError as error:
            failures.append(InputError(property_path="models", reason=str(error)))
    return tuple(found)


def _platform(text: str | None, builder: str) -> Platform:
    """Read a platform; by default this machine's, whose containers run Linux whatever it runs itself."""
    here = host_platform()
    if text is None:
        return here if builder == FILES else Platform("linux", here.machine, here.python)
    try:
        return parse_platform(text if " " in text else f"{text} {str(here).rpartition(' ')[2]}")
    except ModelportError as error:
        raise InputError(property_path="platform", reason=str(error)) from None


def _dockerfile(root: Path, news: Inputs, builder: str) -> str | None:
    """Read the Dockerfile, which builder `docker` needs and no other takes."""
    path = news.optional_text(DOCKERFILE)
    if builder == DOCKER and path is None:
        raise InputError(DOCKERFILE, "is required by builder docker: the path of a Dockerfile in the project")
    if builder != DOCKER and path is not None:
        raise InputError(DOCKERFILE, f"builder {builder} reads none; take builder docker, or remove it")
    return None if path is None else read_dockerfile(root / path)


def _request(root: Path, news: Inputs, models: tuple[ImageModel, ...]) -> ImageRequest:
    builder, place = builder_of(news), news.optional_text("platform")
    dockerfile = _dockerfile(root, news, builder)
    platform = _platform(place, builder)
    named = platform.python if place and " " in place else None
    return ImageRequest(
        name=news.text("name"),
        project_root=root,
        platform=platform,
        models=models,
        entry_script=news.optional_text("entryScript"),
        source_directory=news.optional_text("sourceDirectory"),
        model_paths=tuple(news.texts("modelPaths")),
        requirements=news.optional_text("requirements"),
        dependencies=tuple(news.texts("dependencies")),
        conda_file=news.optional_text("condaFile"),
        conda_dependencies=tuple(news.texts("condaDependencies")),
        environment=news.optional_text("environment"),
        python_version=news.optional_text("pythonVersion") or (named if builder != FILES else None),
        interpreter_path=news.optional_text("interpreterPath"),
        index_url=news.optional_text("indexUrl"),
        extra_index_urls=tuple(news.texts("extraIndexUrls")),
        wheelhouse=news.optional_text("wheelhouse"),
        environment_variables=news.text_map("environmentVariables"),
        builder=builder,
        base=news.optional_text("base") or (base_of_dockerfile(dockerfile) if dockerfile else None),
        dockerfile=dockerfile,
        accelerator=news.optional_text("accelerator"),
    )
