"""
What stand-ins for other people's plugins share: the wire of our own provider, and manners.

A stand-in says so on every resource it touches, refuses what it does not model, and is never friendlier than the real
plugin: each behaviour cites where it is written.
"""

from collections.abc import Collection, Mapping

import grpc
from modelport.errors import InputError, InvalidInputsError
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Resource, Session
from modelport.provider.serve import run_server
from modelport.provider.servicer import Servicer
from modelport.provider.values import Value, decode, plain
from pulumi.runtime.proto import provider_pb2

STAND_IN = "stand-in"


class StandIn(Servicer):
    """The plugin of *package* in *version*; *configuration* is what a provider resource or the stack says of it."""

    def __init__(
        self, package: str, version: str, session: Session, resources: Mapping[str, Resource], engine_address: str
    ) -> None:
        super().__init__(session, resources, version, engine_address)
        self.package = package
        self.configuration: dict[str, Value] = {}

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        """Keep the configuration."""
        self.configuration.update(plain(decode(request.args)))
        return super().Configure(request, context)

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        """Say who answers, and refuse types that are not modelled."""
        token = request.urn.split("::")[2].rpartition("$")[2]
        if token not in self._resources:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{STAND_IN} for package {self.package}: no type {token}")
        self._call(request.urn).log("info", f"{STAND_IN} for package {self.package}, not the real plugin")
        return super().Check(request, context)


def refuse_unmodelled(news: Inputs, modelled: Collection[str], required: Collection[str]) -> None:
    """Refuse properties outside of *modelled*, and the lack of one of *required*."""
    failures = [
        InputError(name, f"the {STAND_IN} does not model it") for name in sorted(news.values) if name not in modelled
    ]
    failures += [InputError(name, "missing required property") for name in required if name not in news.values]
    if failures:
        raise InvalidInputsError(failures)


__all__ = ["STAND_IN", "StandIn", "refuse_unmodelled", "run_server"]
