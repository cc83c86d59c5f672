"""What an image is asked to hold, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from modelport.image.builders import FILES
from modelport.image.platforms import Platform
from modelport.resources import Resources

ONNX: Final = "Onnx"
SCIKIT_LEARN: Final = "ScikitLearn"
TENSORFLOW: Final = "TensorFlow"
"""Azure ML's names of frameworks."""


@dataclass(frozen=True)
class ImageModel:
    """A registered model. Only its name and the digest of its content manifest (``sha256:...``) are part of a key."""

    name: str
    digest: str
    version: str | None = None
    framework: str = "Custom"
    framework_version: str | None = None
    resources: Resources = field(default_factory=Resources)


@dataclass(frozen=True)
class ImageRequest:
    """What an image is asked to hold. Paths are relative to *project_root* or absolute."""

    name: str
    """Of the image: the service's, and that of its entry in the lock."""
    project_root: Path
    platform: Platform
    models: tuple[ImageModel, ...] = ()
    entry_script: str | None = None
    source_directory: str | None = None
    """Default: the entry script's folder. When given, the entry script's path counts from it."""
    model_paths: tuple[str, ...] = ()
    """Where the models lie in the project: files there are no part of the script."""
    requirements: str | None = None
    """Path of a pip requirement file."""
    dependencies: tuple[str, ...] = ()
    """Requirements besides, one per item."""
    conda_file: str | None = None
    """Path of a conda environment file; with a source directory it counts from there."""
    conda_dependencies: tuple[str, ...] = ()
    """Packages as conda writes them, one per item."""
    environment: str | None = None
    """Name of a curated environment."""
    python_version: str | None = None
    """Minor version of Python that is asked for, such as ``3.12``."""
    interpreter_path: str | None = None
    """The Python in the image whose packages are used as they are: absolute, or ``python`` for the one on its PATH."""
    index_url: str | None = None
    """The package index in place of PyPI; ``none`` for the wheelhouse alone."""
    extra_index_urls: tuple[str, ...] = ()
    wheelhouse: str | None = None
    """Path of a folder of wheels."""
    environment_variables: Mapping[str, str] = field(default_factory=dict)
    """Set for the scoring process; readable by all who can read the image, so nothing secret."""
    builder: str = FILES
    """One of `modelport.image.builders`."""
    base: str | None = None
    """A curated name or a reference of the base image; ``None`` for the default. Builder `files` has none."""
    dockerfile: str | None = None
    """For builder `docker`: the text of the user's Dockerfile."""
    accelerator: str | None = None
    """Such as ``cuda12``: packages that use a graphics card."""


def resources_of(models: tuple[ImageModel, ...]) -> Resources:
    """Add up what *models* in one process take: memory is shared out, cores and cards are used in turns."""
    cpu = [each.resources.cpu for each in models if each.resources.cpu is not None]
    memory = [each.resources.memory_gb for each in models if each.resources.memory_gb is not None]
    gpu = [each.resources.gpu for each in models if each.resources.gpu is not None]
    return Resources(max(cpu, default=None), sum(memory) if memory else None, max(gpu, default=None))
