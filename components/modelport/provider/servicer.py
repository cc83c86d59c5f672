"""The provider protocol of the engine, on its raw messages."""

import json
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

import grpc
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

from modelport.errors import InputError, InvalidInputsError, ModelportError
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call, PartialCreateError, Resource, Session
from modelport.provider.schema import package_schema
from modelport.provider.values import Properties, Secret, Value, decode, encode, plain
from modelport.stack_identity import StackIdentity
from modelport.store.credentials import REGISTRIES, configured_logins
from modelport.store.registries import Registries

_SEVERITIES = {
    "info": engine_pb2.LogSeverity.INFO,
    "status": engine_pb2.LogSeverity.INFO,
    "warning": engine_pb2.LogSeverity.WARNING,
}


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine: translates messages, marks secrets, turns errors into one line each."""

    def __init__(self, session: Session, resources: Mapping[str, Resource], version: str, engine_address: str) -> None:
        self._session = session
        self._resources = resources
        self._version = version
        self._engine_address = engine_address
        self._engine: engine_pb2_grpc.EngineStub | None = None
        self._stacks: dict[tuple[str, str], StackIdentity] = {}
        self._shown: dict[str, str] = {}
        self.stopping = threading.Event()

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Agree on how values travel: secrets marked, unknowns as sentinels, no output envelopes."""
        self._engine_address = request.engine_address or self._engine_address
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Tell our version."""
        return plugin_pb2.PluginInfo(version=self._version)

    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        """Describe the resources, for other languages."""
        return provider_pb2.GetSchemaResponse(schema=package_schema(self._version))

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Take any configuration; logins are secret in the state, however they stand in the stack file."""
        news = decode(request.news)
        if REGISTRIES in news:
            news[REGISTRIES] = Secret(plain(news)[REGISTRIES])
        return provider_pb2.CheckResponse(inputs=encode(news))

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Say "no change": a new version of the provider replaces nothing."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        """Keep the logins at registries in memory, and repeat what Handshake agreed."""
        with self._reported(context):
            logins = configured_logins(_decoded(plain(decode(request.args)).get(REGISTRIES)))
            self._session.registries = Registries(logins)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        """Answer nothing: `modelport.early_start` asks, so that we are started early."""
        return provider_pb2.InvokeResponse()

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        """Validate and complete inputs; every wrong one becomes a failure of its property."""
        news = decode(request.news)
        resource, call = self._resource(request.urn), self._call(request.urn)
        with self._reported(context):
            try:
                checked = resource.check(call, Inputs(plain(decode(request.olds))), Inputs(plain(news)))
            except InvalidInputsError as error:
                return _refused(request.news, error.failures)
            except InputError as error:
                return _refused(request.news, (error,))
            return provider_pb2.CheckResponse(inputs=encode(_keep_secret(checked, news)))

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Say what an update would change."""
        with self._reported(context):
            difference = self._resource(request.urn).diff(
                self._call(request.urn),
                Inputs(plain(decode(request.old_inputs))),
                Inputs(plain(decode(request.olds))),
                Inputs(plain(decode(request.news))),
            )
            kinds = provider_pb2.PropertyDiff
            return provider_pb2.DiffResponse(
                changes=provider_pb2.DiffResponse.DIFF_SOME
                if difference.changes
                else provider_pb2.DiffResponse.DIFF_NONE,
                diffs=difference.changes,
                replaces=difference.replaces,
                deleteBeforeReplace=difference.delete_before_replace,
                detailedDiff={
                    name: kinds(kind=kinds.UPDATE_REPLACE if name in difference.replaces else kinds.UPDATE)
                    for name in difference.changes
                },
                hasDetailedDiff=True,
            )

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        """Make a resource, or in a preview foretell its outputs."""
        news = decode(request.properties)
        resource, call, inputs = self._resource(request.urn), self._call(request.urn), Inputs(plain(news))
        with self._reported(context):
            if request.preview:
                outputs = resource.plan(call, Inputs({}), inputs)
                return provider_pb2.CreateResponse(properties=encode(_keep_secret(outputs, news)))
            try:
                resource_id, outputs = resource.create(call, inputs)
            except PartialCreateError as error:
                partial = error
            else:
                return provider_pb2.CreateResponse(id=resource_id, properties=encode(_keep_secret(outputs, news)))
        return _abort_partial(context, partial, request.properties, news)

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        """Change a resource in place, or in a preview foretell its outputs."""
        news = decode(request.news)
        resource, call = self._resource(request.urn), self._call(request.urn)
        with self._reported(context):
            act = resource.plan if request.preview else resource.update
            outputs = act(call, Inputs(plain(decode(request.olds))), Inputs(plain(news)))
            return provider_pb2.UpdateResponse(properties=encode(_keep_secret(outputs, news)))

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        """Tell what a resource is like now; an empty answer when it is gone."""
        recorded = decode(request.properties)
        inputs = decode(request.inputs)
        with self._reported(context):
            outputs = self._resource(request.urn).read(
                self._call(request.urn), Inputs(plain(inputs)), Inputs(plain(recorded))
            )
            if outputs is None:
                return provider_pb2.ReadResponse()
            properties = encode(_keep_secret(outputs, recorded))
            return provider_pb2.ReadResponse(id=request.id, properties=properties, inputs=request.inputs)

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Remove a resource."""
        with self._reported(context):
            outputs = Inputs(plain(decode(request.properties)))
            self._resource(request.urn).delete(self._call(request.urn), outputs)
            return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Stop what runs at its next progress line, then leave."""
        self._session.cancelled.set()
        self.stopping.set()
        return empty_pb2.Empty()

    def _resource(self, urn: str) -> Resource:
        return self._resources[urn.split("::")[2].rpartition("$")[2]]

    def _call(self, urn: str) -> Call:
        _, _, stack_and_project = urn.partition("urn:pulumi:")
        stack, project, _, name = stack_and_project.split("::", 3)
        key = (project, stack)
        if key not in self._stacks:
            self._stacks[key] = StackIdentity.of(self._session.project_root, project, stack)
        return Call(self._session, urn, name, self._stacks[key], lambda kind, line: self._log(urn, kind, line))

    def _log(self, urn: str, kind: str, line: str) -> None:
        # Waiting asks to show the same line many times a second.
        if not self._engine_address or (kind == "status" and self._shown.get(urn) == line):
            return
        self._shown[urn] = line
        if self._engine is None:
            self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(self._engine_address))
        message = engine_pb2.LogRequest(
            severity=_SEVERITIES[kind], message=line, urn=urn, streamId=0, ephemeral=kind == "status"
        )
        try:
            self._engine.Log(message, timeout=5)
        except grpc.RpcError:  # the engine is going away; a lost line of progress must not fail the work
            print(line, file=sys.stderr)  # noqa: T201 - the plugin's own log

    @contextmanager
    def _reported(self, context: grpc.ServicerContext) -> Iterator[None]:
        try:
            yield
        except ModelportError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except Exception as error:  # noqa: BLE001 - the last handler: the engine shows one line, the log has the rest
            traceback.print_exc()
            context.abort(grpc.StatusCode.INTERNAL, f"modelport failed: {type(error).__name__}: {error}")


def _decoded(value: Value) -> object:
    """Decode what the engine hands over of an object in the configuration: JSON text."""
    if not isinstance(value, str):
        return {} if value is None else value
    try:
        decoded: object = json.loads(value)
    except ValueError:
        return value  # no mapping, which is refused without being quoted
    return decoded


def _refused(news: struct_pb2.Struct, failures: tuple[InputError, ...]) -> provider_pb2.CheckResponse:
    reasons = [provider_pb2.CheckFailure(property=failure.property_path, reason=failure.reason) for failure in failures]
    return provider_pb2.CheckResponse(inputs=news, failures=reasons)


def _keep_secret(result: Properties, incoming: Properties) -> Properties:
    """Mark as secret in *result* whatever came in as a secret: resources compute with plain values."""
    return {
        name: Secret(value) if not isinstance(value, Secret) and isinstance(incoming.get(name), Secret) else value
        for name, value in result.items()
    }


def _abort_partial(
    context: grpc.ServicerContext, partial: PartialCreateError, inputs: struct_pb2.Struct, incoming: Properties
) -> NoReturn:
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=partial.resource_id,
            properties=encode(_keep_secret(partial.outputs, incoming)),
            reasons=[str(partial)],
            inputs=inputs,
        )
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(partial), details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, str(partial))
    raise AssertionError  # abort always raises; this tells the type checker
