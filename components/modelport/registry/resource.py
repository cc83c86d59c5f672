"""The custom resource behind `RegisteredModel`."""

from collections.abc import Mapping

import pulumi

from modelport.native_resource import NativeResource


class ModelVersion(NativeResource):
    """A version of a model in a store. New bytes or metadata are an update that takes the next number."""

    version: pulumi.Output[int]
    """Number of the version, from 1."""
    digest: pulumi.Output[str]
    """``sha256:...`` of the content manifest."""
    model_id: pulumi.Output[str]
    """``name:version``."""
    reference: pulumi.Output[str]
    """``<store>/models/<name>@sha256:...``."""
    framework: pulumi.Output[str]
    """The framework, given or detected."""

    def __init__(self, name: str, inputs: Mapping[str, object], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("modelport:index:ModelVersion", name, inputs, opts)
