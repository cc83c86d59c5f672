"""Components: where registered models are kept, and one of them."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from modelport.errors import InputError
from modelport.native_resource import camel
from modelport.registry.resource import ModelVersion
from modelport.store.reference import LAYOUT, StoreLocation, parse_store
from modelport.workspace import DEFAULT_STORE, FOLDER


class ModelRegistryArgs(TypedDict):
    """Where a registry keeps its models."""

    path: NotRequired[pulumi.Input[str]]
    """Folder of the store, relative to the project; `.modelport/store` by default."""
    store: NotRequired[pulumi.Input[str]]
    """A registry instead of a folder: `oci://<host>/<prefix>`."""
    pull_host: NotRequired[pulumi.Input[str]]
    """Host that clusters and containers pull from, when it is not the one in `store`."""


class ModelRegistry(pulumi.ComponentResource):
    """A store of registered models. Making it writes nothing: the first registration makes the folder."""

    store: pulumi.Output[str]
    """The store as one string, such as `oci-layout:.modelport/store`."""
    pull_host: pulumi.Output[str]
    """Host to pull from; empty for a folder."""

    def __init__(
        self, name: str, args: ModelRegistryArgs | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        given: ModelRegistryArgs = args or {}
        super().__init__("modelport:index:ModelRegistry", name, dict(given), opts)
        if "path" in given and "store" in given:
            raise InputError(property_path="store", reason="stands beside a path; keep one: a registry, or a folder")
        path = pulumi.Output.from_input(given.get("path", f"{FOLDER}/store")).apply(_layout)
        self.store = pulumi.Output.from_input(given["store"]) if "store" in given else path
        own_host = self.store.apply(lambda store: parse_store(store).host)
        self.pull_host = pulumi.Output.from_input(given["pull_host"]) if "pull_host" in given else own_host
        self.register_outputs({"store": self.store, "pull_host": self.pull_host})


class ResourceArgs(TypedDict):
    """What a service of a model asks for, unless the service says otherwise."""

    cpu: NotRequired[pulumi.Input[float]]
    """Cores."""
    memory_gb: NotRequired[pulumi.Input[float]]
    """Memory in gigabytes."""
    gpu: NotRequired[pulumi.Input[int]]
    """Whole GPUs."""


class RegisteredModelArgs(TypedDict):
    """A model's files, and what is said of them."""

    path: pulumi.Input[str]
    """File or folder, relative to the project."""
    store: NotRequired[pulumi.Input[str]]
    """Where to register; the store of a `ModelRegistry`, `oci-layout:.modelport/store` by default."""
    name: NotRequired[pulumi.Input[str]]
    """Name of the model; the component's by default."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Free to change."""
    properties: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Can be added to, never changed or dropped."""
    description: NotRequired[pulumi.Input[str]]
    """What the model is."""
    framework: NotRequired[pulumi.Input[str]]
    """Custom, TensorFlow, ScikitLearn, Onnx, TfKeras, PyTorch or Multi; detected when absent."""
    framework_version: NotRequired[pulumi.Input[str]]
    """Needs `framework`."""
    resources: NotRequired[pulumi.Input[ResourceArgs]]
    """Defaults for services of this model."""
    sample_input: NotRequired[pulumi.Input[str]]
    """File with an example of a request's body, 1 MB at most, relative to the project."""
    sample_output: NotRequired[pulumi.Input[str]]
    """File with the answer to it."""
    trust: NotRequired[pulumi.Input[bool]]
    """Register pickles that would run code when they are loaded; false by default."""
    unpack: NotRequired[pulumi.Input[bool]]
    """The path is an archive (.tar, .tar.gz, .tgz, .zip); the model is what it holds."""


class RegisteredModel(pulumi.ComponentResource):
    """A model under a name in a store. Destroying it forgets, and never erases, what was registered."""

    version: pulumi.Output[int]
    """1, 2, 3, ... under the name."""
    digest: pulumi.Output[str]
    """`sha256:...`; depends on name and bytes only."""
    model_id: pulumi.Output[str]
    """`name:version`."""
    reference: pulumi.Output[str]
    """`<store>/models/<name>@sha256:...`."""
    framework: pulumi.Output[str]
    """The framework, given or detected."""

    def __init__(self, name: str, args: RegisteredModelArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("modelport:index:RegisteredModel", name, dict(args), opts)
        version = ModelVersion(name, _inputs(args.get("name", name), args), pulumi.ResourceOptions(parent=self))
        outputs = {key: getattr(version, key) for key in ("version", "digest", "model_id", "reference", "framework")}
        self.version = outputs["version"]
        self.digest = outputs["digest"]
        self.model_id = outputs["model_id"]
        self.reference = outputs["reference"]
        self.framework = outputs["framework"]
        self.register_outputs(outputs)


def _inputs(model: pulumi.Input[str], args: RegisteredModelArgs) -> dict[str, Any]:
    resources = args.get("resources")
    shaped = {} if resources is None else {"resources": pulumi.Output.from_input(resources).apply(_camel_case)}
    return {"store": DEFAULT_STORE, **args, "name": model, **shaped}


def _camel_case(resources: Mapping[str, Any]) -> dict[str, Any]:
    return {camel(key): value for key, value in resources.items()}


def _layout(path: str) -> str:
    return str(StoreLocation(LAYOUT, path))
