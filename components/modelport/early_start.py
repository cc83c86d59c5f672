"""A head start for the provider: its process starts while the program still imports what it needs."""

from typing import Any, Final

from google.protobuf import struct_pb2
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_monitor

READY: Final = "modelport:index:ready"
"""A function of the provider that answers nothing: to be asked, it must have been started."""

_asked: list[Any] = []
"""The call, kept: one that is collected is cancelled."""


def start_provider() -> None:
    """
    Have the engine start the provider now; nothing waits for it, and nothing fails when it cannot be.

    The engine starts a provider at its first resource, one after the other: a third of a preview's time was waiting.
    """
    ask = getattr(getattr(get_monitor(), "Invoke", None), "future", None)  # a test's monitor cannot be asked so
    if ask is not None:
        _asked.append(ask(resource_pb2.ResourceInvokeRequest(tok=READY, args=struct_pb2.Struct())))
