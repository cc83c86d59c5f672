"""An entry of `services`: models, a script, and where they run."""

from typing import Annotated, Final, Literal

from modelport.naming import MODELS_PER_SERVICE
from pydantic import ConfigDict, Field, SecretStr
from pydantic.config import JsonDict

from stack.block import Block
from stack.fields import Amount, Secret, Switch, Text, Whole
from stack.inference import InferenceSettings
from stack.model import ModelSettings
from stack.target import LocalTarget

GENERATIONS = Whole(1, 2**31 - 1)


class ImageSettings(Block):
    """How the scoring image is made."""

    platform: Literal["linux/amd64", "linux/arm64", "macos/amd64", "macos/arm64"] | None = None
    """Platform that the image is made for; without it that of this machine, the only one that local services run."""
    builder: Literal["files", "oci", "context", "docker", "prebuilt"] | None = None
    """
    How it is made. files (the default): what a process on this machine runs, no more; oci: an image in the store, made
    without a daemon; context: a folder for `docker build`; docker: that folder, built by a daemon on top of your
    `dockerfile`, and pushed to the registry; prebuilt: nothing, `reference` names what is there.
    """
    reference: Annotated[str, Text()] | None = None
    """An image that exists already, by digest: `host/repository@sha256:...`, or one of a folder or of a store."""
    dockerfile: Annotated[str, Text()] | None = None
    """For builder docker: a Dockerfile of your own, for packages of the system and the like; our layers follow it."""
    base: Annotated[str, Text()] | None = None
    """Base image: a curated name, a reference with a tag or digest, or `oci-layout:<folder>`; default: python-slim."""
    accelerator: Literal["cuda12"] | None = None
    """Graphics cards that it is for: packages with CUDA 12 in place of the ordinary ones."""
    name: Annotated[str, Text()] | None = None
    """Name of the image in the store; by default the service's."""
    tag: Annotated[str, Text()] | None = None
    """Tag beside the content key; by default the commit and the beginning of the key."""
    size_limit_mb: Annotated[float, Amount("megabytes", 1_000_000)] | None = None
    """Size in MB, compressed and with the base, above which the preview fails."""


class KeysSettings(Block):
    """The two keys of a service. They are made at random unless given; either is replaced alone."""

    primary: Annotated[SecretStr, Secret()] | None = None
    """A primary key of your own; set it with `pulumi config set --secret --path`."""
    secondary: Annotated[SecretStr, Secret()] | None = None
    """A secondary key of your own; set it with `pulumi config set --secret --path`."""
    primary_generation: Annotated[int, GENERATIONS] = 1
    """Raise it to replace the primary key."""
    secondary_generation: Annotated[int, GENERATIONS] = 1
    """Raise it to replace the secondary key."""


_SERVES_SOMETHING: Final[JsonDict] = {
    "anyOf": [
        {"required": ["models"]},
        {"required": ["image"], "properties": {"image": {"required": ["reference"]}}},
    ]
}
"""For editors: models, or an image that has them."""


class ServiceSettings(Block):
    """One scoring endpoint."""

    model_config = ConfigDict(json_schema_extra=_SERVES_SOMETHING)

    models: tuple[ModelSettings, ...] = Field(
        default_factory=tuple, json_schema_extra={"minItems": 1, "maxItems": MODELS_PER_SERVICE}
    )
    """The models it serves; one at least, unless `image.reference` names an image that has them."""
    inference: InferenceSettings | None = None
    """Script and environment; not needed for a single ONNX or scikit-learn model."""
    image: ImageSettings = ImageSettings()
    """The scoring image."""
    target: LocalTarget
    """Where it runs."""
    keys: KeysSettings = KeysSettings()
    """The keys that callers send."""
    auth_enabled: Annotated[bool, Switch()] = True
    """Whether callers must send a key."""
