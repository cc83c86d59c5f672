"""The build of a scoring image as a resource of our own provider."""

from collections.abc import Mapping, Sequence
from typing import Final, NotRequired, TypedDict

import pulumi

from modelport.native_resource import NativeResource

TYPE: Final = "modelport:index:ImageBuild"
"""Never changes without an alias: it is in every state."""


class ImageBuildArgs(TypedDict):
    """What an image is built from. Paths are relative to the project; they, not the files, are in the state."""

    store: pulumi.Input[str]
    """The store of models and images, such as ``oci-layout:.modelport/store``."""
    models: pulumi.Input[Sequence[pulumi.Input[str]]]
    """References of registered models: ``<store>/models/<name>@sha256:<digest>``."""
    entry_script: NotRequired[pulumi.Input[str]]
    """Path of the Python file with `init()` and `run()`. Leave out for one ONNX or scikit-learn model."""
    source_directory: NotRequired[pulumi.Input[str]]
    """Folder of the script. Default: the entry script's; when given, the entry script's path counts from it."""
    model_paths: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Where models lie in the project: what is there is no part of the script."""
    requirements: NotRequired[pulumi.Input[str]]
    """Path of a pip requirement file."""
    dependencies: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Requirements besides, such as ``pandas>=2``."""
    conda_file: NotRequired[pulumi.Input[str]]
    """Path of a conda environment file; with a source directory it counts from there."""
    conda_dependencies: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Packages as conda writes them, such as ``scikit-learn=1.6``."""
    environment: NotRequired[pulumi.Input[str]]
    """Name of a curated environment, such as ``sklearn``."""
    python_version: NotRequired[pulumi.Input[str]]
    """Minor version of Python, such as ``3.12``. Default: the conda file's, else the platform's."""
    interpreter_path: NotRequired[pulumi.Input[str]]
    """Python in the base image whose packages are used as they are; ``python`` for the one on its PATH."""
    index_url: NotRequired[pulumi.Input[str]]
    """Package index in place of PyPI, without credentials; ``none`` for the wheelhouse alone."""
    extra_index_urls: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Package indexes that are asked first."""
    wheelhouse: NotRequired[pulumi.Input[str]]
    """Path of a folder of wheels."""
    environment_variables: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Set for the scoring process. Readable by all who can read the image: nothing secret."""
    platform: NotRequired[pulumi.Input[str]]
    """Such as ``linux/amd64 cp311``. Default: this machine's."""
    builder: NotRequired[pulumi.Input[str]]
    """
    How it is made: ``files`` (the default: what a process on this machine runs), ``oci`` (an image in the store, made
    without a daemon), ``context`` (a folder for `docker build`), ``docker`` (a daemon builds and pushes it, on top of a
    Dockerfile of your own), ``prebuilt`` (an image that is there already).
    """
    base: NotRequired[pulumi.Input[str]]
    """Base image: a curated name, a reference, or ``oci-layout:<folder>``. Default: ``python-slim``."""
    dockerfile: NotRequired[pulumi.Input[str]]
    """For builder ``docker``: path of a Dockerfile. Its last stage is what our layers are added to."""
    accelerator: NotRequired[pulumi.Input[str]]
    """``cuda12``: packages that use a graphics card. For linux/amd64."""
    repository: NotRequired[pulumi.Input[str]]
    """Name of the image in the store. Default: the resource's."""
    tag: NotRequired[pulumi.Input[str]]
    """A tag for people, beside the content key. Default: the commit and the beginning of the key."""
    size_limit_mb: NotRequired[pulumi.Input[float]]
    """Megabytes, compressed and with the base, above which the preview fails."""
    prebuilt_reference: NotRequired[pulumi.Input[str]]
    """For builder ``prebuilt``: the image that is there already, by digest."""
    pull_host: NotRequired[pulumi.Input[str]]
    """Host that clusters pull from, where it is another than the store's."""


class ImageBuild(NativeResource):
    """The files and the environment of an image, under a content key that is known at preview."""

    content_key: pulumi.Output[str]
    environment_key: pulumi.Output[str]
    reference: pulumi.Output[str]
    entry_script: pulumi.Output[str | None]
    models: pulumi.Output[Sequence[str]]
    cpu: pulumi.Output[float | None]
    memory_gb: pulumi.Output[float | None]
    gpu: pulumi.Output[int | None]
    digest: pulumi.Output[str | None]
    image_id: pulumi.Output[str | None]
    size: pulumi.Output[int | None]
    pull_reference: pulumi.Output[str | None]
    path: pulumi.Output[str | None]
    accelerator: pulumi.Output[str | None]
    model_ids: pulumi.Output[Sequence[str] | None]

    def __init__(self, resource_name: str, args: ImageBuildArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the build; *resource_name* is the image's name, in its reference and in the lock."""
        super().__init__(TYPE, resource_name, {"name": resource_name, **args}, opts)
