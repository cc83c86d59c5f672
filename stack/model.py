"""An entry of `models`: files under a name, and what is said about them."""

from typing import Annotated, Literal

from modelport.naming import MODEL_NAME, model_name_problem
from pydantic import Field

from stack.block import Block
from stack.fields import VERSION_LIKE, Amount, Matching, Switch, Text, Whole

REFERENCE_PATTERN = r"^.+/models/[^/@]+@sha256:[0-9a-f]{64}$"

Framework = Literal["Custom", "Multi", "Onnx", "PyTorch", "ScikitLearn", "TensorFlow", "TfKeras"]


class ModelResources(Block):
    """What a service of this model needs when the service itself does not say."""

    cpu: Annotated[float, Amount("cores", 1024)] | None = None
    """Processor cores."""
    memory_gb: Annotated[float, Amount("GB", 65536)] | None = None
    """Memory in GB."""
    gpu: Annotated[int, Whole(0, 64)] | None = None
    """Whole graphics cards."""


class ModelSettings(Block):
    """One model of a service: registered from *path*, or already registered and named by *reference*."""

    name: Annotated[str, Matching(model_name_problem, f"^{MODEL_NAME.pattern}$")]
    """Name in the store. Services that name the same model share it."""
    path: Annotated[str, Text()] | None = None
    """File or folder to register, relative to the project."""
    reference: Annotated[str, Text()] | None = None
    """A registered model by digest, `<store>/models/<name>@sha256:<digest>`, instead of a path."""
    tags: dict[str, Annotated[str, VERSION_LIKE]] = Field(default_factory=dict)
    """Labels of the version; text to text."""
    properties: dict[str, Annotated[str, VERSION_LIKE]] = Field(default_factory=dict)
    """Labels that are never changed or removed once written; text to text."""
    description: Annotated[str, Text()] | None = None
    """What the model is for."""
    framework: Framework | None = None
    """Framework that made the model; found out from its files when left out."""
    framework_version: Annotated[str, VERSION_LIKE] | None = None
    """Version of the framework, in quotes: without them 1.10 would be 1.1."""
    resources: ModelResources | None = None
    """What a service of this model needs when the service itself does not say."""
    sample_input: Annotated[str, Text()] | None = None
    """File with sample input, relative to the project; kept with the version."""
    sample_output: Annotated[str, Text()] | None = None
    """File with the output that belongs to the sample input."""
    trust: Annotated[bool, Switch()] | None = None
    """Register pickles that would run code when they are loaded: you know where they are from."""
    unpack: Annotated[bool, Switch()] | None = None
    """Unpack an archive and register the files inside it."""
