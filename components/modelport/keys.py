"""Keys of a service: the resource, and the form in which they reach a process."""

import hashlib
from typing import Final

import pulumi

from modelport.native_resource import NativeResource

KEY_BYTES: Final = 16
"""Random bytes of a generated key; 32 hexadecimal characters, as Azure ML's keys have."""
KEY_LENGTHS: Final = range(16, 257)
"""Characters that a key of one's own may have."""


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


def key_digest(key: str) -> str:
    """sha256 of *key* in hexadecimal: all that a process is told."""
    return hashlib.sha256(key.encode()).hexdigest()
