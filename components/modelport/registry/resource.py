"""The resource behind a registered model, as our provider serves it."""

from collections.abc import Mapping
from typing import Any

import pulumi

OUTPUTS = ("version", "digest", "modelId", "reference")
"""What the provider computes; `framework` is both, given or detected."""


class ModelVersion(pulumi.CustomResource):
    """
    A version of a model in a store; type ``modelport:index:ModelVersion``.

    Inputs are camelCase: name, store, path, tags, properties, description, framework, frameworkVersion, resources (cpu,
    memoryGb, gpu), sampleInput, sampleOutput, unpack. New bytes or metadata are an update that takes the next number.
    """

    def __init__(self, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        properties = dict.fromkeys((*OUTPUTS, "framework")) | {k: v for k, v in inputs.items() if v is not None}
        super().__init__("modelport:index:ModelVersion", name, properties, opts)

    @property
    @pulumi.getter
    def version(self) -> pulumi.Output[int]:
        """Number of the version, from 1."""
        value: pulumi.Output[int] = pulumi.get(self, "version")
        return value

    @property
    @pulumi.getter
    def digest(self) -> pulumi.Output[str]:
        """``sha256:...`` of the content manifest."""
        value: pulumi.Output[str] = pulumi.get(self, "digest")
        return value

    @property
    @pulumi.getter(name="modelId")
    def model_id(self) -> pulumi.Output[str]:
        """``name:version``."""
        value: pulumi.Output[str] = pulumi.get(self, "modelId")
        return value

    @property
    @pulumi.getter
    def reference(self) -> pulumi.Output[str]:
        """``<store>/models/<name>@sha256:...``."""
        value: pulumi.Output[str] = pulumi.get(self, "reference")
        return value

    @property
    @pulumi.getter
    def framework(self) -> pulumi.Output[str]:
        """The framework, given or detected."""
        value: pulumi.Output[str] = pulumi.get(self, "framework")
        return value
