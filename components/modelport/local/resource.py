"""The custom resources behind `LocalService`."""

from collections.abc import Mapping

import pulumi

from modelport.native_resource import NativeResource


class LocalProcess(NativeResource):
    """A supervised process on this machine. Everything is an update; only address and port replace it."""

    port: pulumi.Output[int]
    scoring_url: pulumi.Output[str]
    swagger_url: pulumi.Output[str]
    health_url: pulumi.Output[str]
    state: pulumi.Output[str]

    def __init__(self, name: str, inputs: Mapping[str, object], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("modelport:index:LocalProcess", name, inputs, opts)


class LoadedImage(NativeResource):
    """A scoring image in a Docker daemon. Another image replaces it, and is there before the old one goes."""

    image_id: pulumi.Output[str]
    """The id by which the daemon knows it."""

    def __init__(self, name: str, inputs: Mapping[str, object], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("modelport:index:LoadedImage", name, inputs, opts)
