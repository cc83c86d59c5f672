"""The scoring image: models, script and environment under one content key."""

from collections.abc import Sequence
from typing import Final

import pulumi

from modelport.image.builders import DOCKER
from modelport.image.docker_build import built_by_docker
from modelport.image.resource import ImageBuild, ImageBuildArgs
from modelport.native_resource import camel

TYPE: Final = "modelport:index:ScoringImage"
"""Never changes without an alias: it is in every state."""


class ScoringImageArgs(ImageBuildArgs):
    """What a scoring image holds."""


class ScoringImage(pulumi.ComponentResource):
    """
    What a service runs: models, an entry script, and the packages they need.

    Equal content gives an equal `content_key`; then nothing is built and no service restarts.
    """

    content_key: pulumi.Output[str]
    environment_key: pulumi.Output[str]
    reference: pulumi.Output[str]
    """What services take: store, name and content key."""
    entry_script: pulumi.Output[str | None]
    models: pulumi.Output[Sequence[str]]
    cpu: pulumi.Output[float | None]
    """Cores that the models say serving takes."""
    memory_gb: pulumi.Output[float | None]
    gpu: pulumi.Output[int | None]
    digest: pulumi.Output[str | None]
    """Of the image's manifest (``sha256:...``), known at preview; nothing for builders `files` and `context`."""
    image_id: pulumi.Output[str | None]
    """What Docker calls the image: the digest of its configuration."""
    size: pulumi.Output[int | None]
    """Bytes, compressed, the base included; nothing for builder `files`."""
    pull_reference: pulumi.Output[str | None]
    """``host/name@sha256:...``, for what pulls from a registry; nothing where the store is a folder."""
    path: pulumi.Output[str | None]
    """The folder for `docker build`, relative to the project; for builder `context`."""
    accelerator: pulumi.Output[str | None]
    """The graphics cards that the image is for."""
    model_ids: pulumi.Output[Sequence[str] | None]
    """``name:version`` of each model, as the image says; for builder `prebuilt`, which is told no `models`."""

    def __init__(self, name: str, args: ScoringImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the image *name*: the name of its service, of its repository and of its entry in the lock."""
        super().__init__(TYPE, name, {camel(key): value for key, value in args.items()}, opts)
        build = ImageBuild(name, args, pulumi.ResourceOptions(parent=self))
        self.content_key = build.content_key
        self.environment_key = build.environment_key
        self.reference = build.reference
        self.entry_script = build.entry_script
        self.models = build.models
        self.cpu, self.memory_gb, self.gpu = build.cpu, build.memory_gb, build.gpu
        self.digest, self.image_id, self.size = build.digest, build.image_id, build.size
        self.pull_reference, self.path, self.accelerator = build.pull_reference, build.path, build.accelerator
        self.model_ids = build.model_ids
        if args.get("builder") == DOCKER:
            pushed = built_by_docker(name, args, build, pulumi.ResourceOptions(parent=self))
            self.reference, self.digest, self.pull_reference = pushed.reference, pushed.digest, pushed.pull_reference
        self.register_outputs(
            {
                "contentKey": self.content_key,
                "environmentKey": self.environment_key,
                "reference": self.reference,
                "entryScript": self.entry_script,
                "models": self.models,
                "cpu": self.cpu,
                "memoryGb": self.memory_gb,
                "gpu": self.gpu,
                "digest": self.digest,
                "imageId": self.image_id,
                "size": self.size,
                "pullReference": self.pull_reference,
                "path": self.path,
                "accelerator": self.accelerator,
                "modelIds": self.model_ids,
            }
        )
