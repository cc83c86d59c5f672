"""Keys of a service, as a resource."""

import pulumi

from modelport.native_resource import NativeResource


class ServiceKey(NativeResource):
    """One key of a service. A changed *generation* replaces it, and only it."""

    value: pulumi.Output[str]
    """The key; secret."""

    def __init__(
        self,
        name: str,
        *,
        service: pulumi.Input[str],
        slot: str,
        generation: pulumi.Input[int],
        value: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"service": service, "slot": slot, "generation": generation, "value": value}
        super().__init__("modelport:index:ServiceKey", name, inputs, opts)
